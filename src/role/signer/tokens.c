#include "role/signer/tokens.h"

#include <string.h>

void signer_ticket_free(struct signer_ticket *ticket)
{
	buf_free(&ticket->tbs);
	buf_free(&ticket->record);
	*ticket = (struct signer_ticket){.tbs = BUF_INIT};
}

static struct signer_ticket *free_place(struct signer_tokens *tokens, int64_t now_ms)
{
	for (size_t i = 0; i < SIGNER_TICKETS_MAX; i++) {
		struct signer_ticket *place = &tokens->tickets[(tokens->next + i) % SIGNER_TICKETS_MAX];
		if (place->used && place->expires_ms <= now_ms)
			signer_ticket_free(place);
		if (!place->used) {
			tokens->next = (tokens->next + i + 1) % SIGNER_TICKETS_MAX;
			return place;
		}
	}
	return NULL;
}

int signer_tokens_add(struct signer_tokens *tokens, struct signer_ticket *ticket, int64_t now_ms, uint8_t ret_token[SIGNER_TOKEN_LEN])
{
	struct signer_ticket *place = free_place(tokens, now_ms);
	if (!place)
		return XICA_ERANGE;
	int error = crypto_random(ticket->token, sizeof(ticket->token));
	if (error)
		return error;
	ticket->used = true;
	ticket->expires_ms = now_ms + SIGNER_TOKEN_LIFETIME_MS;
	*place = *ticket;
	memcpy(ret_token, ticket->token, SIGNER_TOKEN_LEN);
	*ticket = (struct signer_ticket){.tbs = BUF_INIT};
	return XICA_OK;
}

int signer_tokens_take(struct signer_tokens *tokens, struct view token, int64_t now_ms, struct signer_ticket *ret_ticket)
{
	for (size_t i = 0; i < SIGNER_TICKETS_MAX; i++) {
		struct signer_ticket *ticket = &tokens->tickets[i];
		if (!ticket->used || !view_equal(token, view_bytes(ticket->token, sizeof(ticket->token))))
			continue;
		if (ticket->expires_ms <= now_ms) {
			signer_ticket_free(ticket);
			return XICA_ENOTFOUND;
		}
		*ret_ticket = *ticket;
		*ticket = (struct signer_ticket){.tbs = BUF_INIT};
		return XICA_OK;
	}
	return XICA_ENOTFOUND;
}

bool signer_tokens_burn(struct signer_tokens *tokens, struct view serial)
{
	bool burnt = false;
	for (size_t i = 0; i < SIGNER_TICKETS_MAX; i++) {
		struct signer_ticket *ticket = &tokens->tickets[i];
		if (!ticket->used || !view_equal(serial, view_bytes(ticket->serial, sizeof(ticket->serial))))
			continue;
		signer_ticket_free(ticket);
		burnt = true;
	}
	return burnt;
}

void signer_tokens_clear(struct signer_tokens *tokens)
{
	for (size_t i = 0; i < SIGNER_TICKETS_MAX; i++)
		signer_ticket_free(&tokens->tickets[i]);
}
