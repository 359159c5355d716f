#include "inspect/pass.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "pki/der.h"
#include "store/audit_head.h"

enum { LINES_KEPT = 2 };

// As many as there are issuers and shards.
struct inspect_crl {
	struct inspect_crl *next;
	char *issuer;
	json_int_t shard;
	uint64_t first_end; // of the first line about it
	bool seen;          // the database has one
	struct {
		json_int_t number;
		uint64_t end;
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

int inspect_crl_note(struct inspect_crl **list, const json_t *line, uint64_t end)
{
	const char *issuer = json_string_value(json_object_get(line, "issuer"));
	json_int_t shard = json_integer_value(json_object_get(line, "shard"));
	cleanup_buf digest = BUF_INIT;
	if (!issuer || hex_decode(view_str(json_string_value(json_object_get(line, "sha256"))), &digest) || digest.len != CRYPTO_SHA256_LEN)
		return XICA_OK; // what is wrong with the line, its digest tells
	struct inspect_crl *crl = find(*list, view_str(issuer), shard);
	if (!crl && !(crl = add(list, issuer, shard)))
		return XICA_ENOMEM;
	crl->first_end = crl->first_end ? crl->first_end : end;
	crl->lines[1] = crl->lines[0];
	crl->lines[0].number = json_integer_value(json_object_get(line, "number"));
	crl->lines[0].end = end;
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

// thisUpdate and nextUpdate of a CertificateList (RFC 5280 §5.1).
static int read_times(struct view der, xica_time *ret_this, xica_time *ret_next)
{
	struct view list, tbs, skipped;
	uint64_t version;
	if (der_read_only(der, DER_SEQUENCE, &list) || der_read(&list, DER_SEQUENCE, &tbs) || der_read_uint(&tbs, &version) ||
	    der_read(&tbs, DER_SEQUENCE, &skipped) || der_read(&tbs, DER_SEQUENCE, &skipped) || der_read_time(&tbs, ret_this) || der_read_time(&tbs, ret_next))
		return XICA_EPARSE;
	return XICA_OK;
}

// A restore brings the number of one that came after its backup, and no more, until xicad makes the next one.
static bool is_number_alone(const struct inspect_pass *run, const struct inspect_crl *told, const struct store_crl *row)
{
	for (size_t i = 0; told && i < LINES_KEPT; i++)
		if (told->lines[i].number == (json_int_t)row->number && told->lines[i].end <= run->restored)
			return true;
	return false;
}

static int check_row(struct inspect_pass *run, const struct store_crl *row)
{
	struct inspect_crl *told = find(run->crls, row->issuer, row->shard);
	uint8_t digest[CRYPTO_SHA256_LEN];
	xica_time from = 0, to = 0;
	int error = crypto_sha256(row->der, digest);
	if (told)
		told->seen = true;
	if (error || (!row->der.len && is_number_alone(run, told, row)))
		return error;
	if (!row->der.len)
		inspect_say(&run->subject, "crl", "of number %llu of %.*s, shard %u, the database has no bytes", (unsigned long long)row->number, VIEW_FMT(row->issuer), row->shard);
	else if (!inspect_crl_known(run->crls, row, digest))
		inspect_say(&run->subject, "crl", "number %llu of %.*s, shard %u, is none that the audit log tells of", (unsigned long long)row->number, VIEW_FMT(row->issuer),
			    row->shard);
	else if (read_times(row->der, &from, &to) || from != row->this_update || to != row->next_update)
		inspect_say(&run->subject, "crl", "number %llu of %.*s, shard %u, is of other times than the database says", (unsigned long long)row->number,
			    VIEW_FMT(row->issuer), row->shard);
	return XICA_OK;
}

// The row is written with what the log's end is then: one that is not there though a later end is known was there.
static void check_missing(struct inspect_pass *run, uint64_t known_end)
{
	for (const struct inspect_crl *crl = run->crls; crl; crl = crl->next)
		if (!crl->seen && known_end >= crl->first_end)
			inspect_say(&run->subject, "crl", "the audit log tells of CRLs of %s, shard %lld, and the database has none", crl->issuer, (long long)crl->shard);
}

static int check_head(struct inspect_pass *run, bool has_crls, uint64_t *ret_end)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_audit_head head;
	int error = store_audit_head_get(run->txn, &arena, &head);
	*ret_end = error ? 0 : head.size;
	if (error == XICA_ENOTFOUND && (has_crls || run->last_issued))
		inspect_say(&run->subject, "log-end", "the database does not know where the audit log ends, so that lines cut off there would not be missed");
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

int inspect_crls(struct inspect_pass *run)
{
	uint64_t end = 0;
	cleanup_arena arena = ARENA_INIT;
	struct store_crl *list;
	size_t count;
	int error = store_crl_list(run->txn, &arena, &list, &count);
	for (size_t i = 0; !error && i < count; i++)
		error = check_row(run, &list[i]);
	if (!error)
		error = check_head(run, count != 0, &end);
	if (!error)
		check_missing(run, end);
	return error;
}
