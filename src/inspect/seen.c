#include "inspect/seen.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

enum { ROOM = 1 << 16, LINES_KEPT = 2 };

static const int64_t NUMBER_MAX = (int64_t)1 << 36; // a row's number; one above was put there by hand

int inspect_seen_put(struct inspect_seen *seen, int64_t id, bool *ret_before)
{
	if (id < 0 || id > NUMBER_MAX)
		return XICA_ERANGE;
	size_t at = (size_t)id / 8;
	if (at >= seen->len) {
		size_t len = (at / ROOM + 1) * ROOM * 2;
		uint8_t *bits = realloc(seen->bits, len);
		if (!bits)
			return XICA_ENOMEM;
		memset(bits + seen->len, 0, len - seen->len);
		*seen = (struct inspect_seen){bits, len};
	}
	uint8_t bit = (uint8_t)(1 << (id % 8));
	*ret_before = (seen->bits[at] & bit) != 0;
	seen->bits[at] |= bit;
	return XICA_OK;
}

bool inspect_seen_has(const struct inspect_seen *seen, int64_t id)
{
	return id >= 0 && (size_t)id / 8 < seen->len && (seen->bits[id / 8] >> (id % 8) & 1);
}

void inspect_seen_free(struct inspect_seen *seen)
{
	free(seen->bits);
	*seen = (struct inspect_seen){0};
}

// --- CRLs: as many entries as there are issuers and shards

struct inspect_crl {
	struct inspect_crl *next;
	char *issuer;
	json_int_t shard;
	struct {
		json_int_t number;
		uint8_t digest[CRYPTO_SHA256_LEN];
	} lines[LINES_KEPT]; // newest first
};

static struct inspect_crl *find(const struct inspect_crl *list, struct view issuer, json_int_t shard)
{
	for (; list; list = list->next)
		if (list->shard == shard && view_equal_str(issuer, list->issuer))
			return (struct inspect_crl *)list;
	return NULL;
}

static struct inspect_crl *add(struct inspect_crl **list, const char *issuer, json_int_t shard)
{
	struct inspect_crl *crl = calloc(1, sizeof(*crl));
	if (!crl || !(crl->issuer = strdup(issuer))) {
		free(crl);
		return NULL;
	}
	crl->shard = shard;
	crl->next = *list;
	*list = crl;
	return crl;
}

int inspect_crl_note(struct inspect_crl **list, const json_t *line)
{
	const char *issuer = json_string_value(json_object_get(line, "issuer"));
	json_int_t shard = json_integer_value(json_object_get(line, "shard"));
	cleanup_buf digest = BUF_INIT;
	if (!issuer || hex_decode(view_str(json_string_value(json_object_get(line, "sha256"))), &digest) || digest.len != CRYPTO_SHA256_LEN)
		return XICA_OK; // what is wrong with the line, its digest tells
	struct inspect_crl *crl = find(*list, view_str(issuer), shard);
	if (!crl && !(crl = add(list, issuer, shard)))
		return XICA_ENOMEM;
	crl->lines[1] = crl->lines[0];
	crl->lines[0].number = json_integer_value(json_object_get(line, "number"));
	memcpy(crl->lines[0].digest, digest.ptr, CRYPTO_SHA256_LEN);
	return XICA_OK;
}

bool inspect_crl_known(const struct inspect_crl *list, const struct store_crl *crl, const uint8_t digest[CRYPTO_SHA256_LEN])
{
	const struct inspect_crl *known = find(list, crl->issuer, crl->shard);
	for (size_t i = 0; known && i < LINES_KEPT; i++)
		if (known->lines[i].number == (json_int_t)crl->number && memcmp(known->lines[i].digest, digest, CRYPTO_SHA256_LEN) == 0)
			return true;
	return false;
}

void inspect_crl_free(struct inspect_crl *list)
{
	while (list) {
		struct inspect_crl *next = list->next;
		free(list->issuer);
		free(list);
		list = next;
	}
}
