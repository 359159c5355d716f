#include "inspect/pass.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"

enum { LINES_KEPT = 2 };

// As many as there are issuers and shards.
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

int inspect_crls(struct inspect_pass *run)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_crl *list;
	size_t count;
	int error = store_crl_list(run->txn, &arena, &list, &count);
	for (size_t i = 0; !error && i < count; i++) {
		uint8_t digest[CRYPTO_SHA256_LEN];
		error = crypto_sha256(list[i].der, digest);
		if (!error && list[i].der.len && !inspect_crl_known(run->crls, &list[i], digest))
			inspect_say(&run->subject, "crl", "number %llu of %.*s, shard %u, is none that the audit log tells of", (unsigned long long)list[i].number,
				    VIEW_FMT(list[i].issuer), list[i].shard);
	}
	return error;
}
