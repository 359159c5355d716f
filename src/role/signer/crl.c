#include "role/signer/crl.h"

#include <inttypes.h>

#include "base/hex.h"

enum { CLOCK_SLACK = 5 * XICA_MINUTE, LIFETIME_MAX = 366 * XICA_DAY, SHARD_MAX = 65535 };

static int refuse(struct signer_refusal *refusal, enum pki_refusal reason)
{
	*refusal = (struct signer_refusal){reason, pki_refusal_text(reason)};
	return XICA_EDENIED;
}

static void drop(struct signer_crl *it)
{
	buf_free(&it->crl.entries);
	buf_free(&it->url);
	*it = (struct signer_crl){.crl.entries = BUF_INIT, .url = BUF_INIT};
}

static struct signer_crl *find(struct signer_crls *crls, unsigned peer, uint64_t id)
{
	for (size_t i = 0; i < SIGNER_CRLS_MAX; i++)
		if (crls->list[i].used && crls->list[i].peer == peer && crls->list[i].id == id)
			return &crls->list[i];
	return NULL;
}

static struct signer_crl *free_place(struct signer_crls *crls)
{
	for (size_t i = 0; i < SIGNER_CRLS_MAX; i++)
		if (!crls->list[i].used)
			return &crls->list[i];
	return NULL;
}

// A shard beyond today's number is fine: there may have been more of them when a certificate was issued.
static bool is_possible(const struct signer_crl_head *head, xica_time now)
{
	return head->shard <= SHARD_MAX && head->this_update >= now - XICA_DAY && head->this_update <= now + CLOCK_SLACK &&
	       head->this_update < head->next_update && head->next_update > now && head->next_update - now <= LIFETIME_MAX;
}

int signer_crl_begin(struct signer_crls *crls, const struct signer_core *core, unsigned peer, uint64_t id,
		     const struct signer_crl_head *head, xica_time now, struct signer_refusal *ret_refusal)
{
	const struct ca_issuer *issuer = ca_dir_issuer(&core->ca, head->issuer);
	struct signer_crl *it = find(crls, peer, id);
	if (it)
		drop(it);
	if (it || !is_possible(head, now))
		return refuse(ret_refusal, PKI_REFUSAL_CRL_ORDER);
	if (!issuer)
		return refuse(ret_refusal, PKI_REFUSAL_UNKNOWN_ISSUER);
	it = free_place(crls);
	if (!it)
		return refuse(ret_refusal, PKI_REFUSAL_BUSY);
	*it = (struct signer_crl){.used = true, .peer = peer, .id = id, .issuer = issuer, .shard = (unsigned)head->shard,
		.crl = {.number = head->number, .this_update = head->this_update, .next_update = head->next_update, .entries = BUF_INIT},
		.url = BUF_INIT};
	it->parts = (struct pki_issuer){issuer->id, issuer->name, issuer->key_id, crypto_sig_default(issuer->key), issuer->not_after};
	buf_add_str(&it->url, core->policy.site.http_url);
	pki_path_crl(&it->url, issuer->id, it->shard);
	return XICA_OK;
}

int signer_crl_add(struct signer_crls *crls, unsigned peer, uint64_t id, struct view entry, struct signer_refusal *ret_refusal)
{
	struct signer_crl *it = find(crls, peer, id);
	uint64_t time = 0;
	if (!it)
		return refuse(ret_refusal, PKI_REFUSAL_CRL_ORDER);
	for (size_t i = 0; entry.len == SIGNER_CRL_ENTRY_LEN && i < 8; i++)
		time = time << 8 | entry.ptr[PKI_SERIAL_MAX + i];
	bool full = it->crl.entries.len >= SIGNER_CRL_MAX_LEN;
	if (!full && entry.len == SIGNER_CRL_ENTRY_LEN && time <= INT64_MAX &&
	    !pki_crl_add(&it->crl, view_sub(entry, 0, PKI_SERIAL_MAX), (xica_time)time, entry.ptr[SIGNER_CRL_ENTRY_LEN - 1])) {
		it->count++;
		return XICA_OK;
	}
	drop(it);
	return refuse(ret_refusal, full ? PKI_REFUSAL_CRL_FULL : PKI_REFUSAL_CRL_ENTRY);
}

static int add_to_audit(struct signer_core *core, const struct signer_crl *it, struct view der, xica_time now)
{
	uint8_t digest[CRYPTO_SHA256_LEN];
	cleanup_buf hex = BUF_INIT, next = BUF_INIT;
	int error = crypto_sha256(der, digest);
	if (error)
		return error;
	hex_encode(&hex, view_bytes(digest, sizeof(digest)));
	clock_add_rfc3339(&next, it->crl.next_update);
	if (!buf_cstr(&hex) || !buf_cstr(&next))
		return XICA_ENOMEM;
	return audit_add(core->audit, "crl", json_pack("{s:s, s:I, s:I, s:I, s:s, s:s}", "issuer", it->issuer->id, "shard",
						       (json_int_t)it->shard, "number", (json_int_t)it->crl.number, "entries",
						       (json_int_t)it->count, "next_update", buf_cstr(&next), "sha256", buf_cstr(&hex)), now);
}

static int sign(struct signer_core *core, struct signer_crl *it, xica_time now, struct buf *out, struct signer_refusal *refusal)
{
	cleanup_buf tbs = BUF_INIT;
	size_t before = out->len;
	it->crl.issuer = &it->parts;
	it->crl.url = buf_cstr(&it->url);
	int error = it->crl.url ? pki_crl_tbs(&it->crl, &tbs) : XICA_ENOMEM;
	buf_free(&it->crl.entries); // they stand in tbs: of a million entries there should not be a copy more than needed
	if (!error)
		error = pki_build_sign(it->issuer->key, buf_view(&tbs), out);
	if (error)
		return error;
	return add_to_audit(core, it, view_sub(buf_view(out), before, SIZE_MAX), now) ? refuse(refusal, PKI_REFUSAL_AUDIT) : XICA_OK;
}

int signer_crl_sign(struct signer_crls *crls, struct signer_core *core, unsigned peer, uint64_t id, xica_time now, struct buf *crl_out,
		    struct signer_refusal *ret_refusal)
{
	struct signer_crl *it = find(crls, peer, id);
	size_t before = crl_out->len;
	if (!it)
		return refuse(ret_refusal, PKI_REFUSAL_CRL_ORDER);
	int error = sign(core, it, now, crl_out, ret_refusal);
	if (error)
		buf_truncate(crl_out, before);
	drop(it);
	return error;
}

void signer_crls_drop(struct signer_crls *crls, unsigned peer)
{
	for (size_t i = 0; i < SIGNER_CRLS_MAX; i++)
		if (crls->list[i].used && crls->list[i].peer == peer)
			drop(&crls->list[i]);
}

void signer_crls_clear(struct signer_crls *crls)
{
	for (size_t i = 0; i < SIGNER_CRLS_MAX; i++)
		drop(&crls->list[i]);
}
