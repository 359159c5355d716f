// The block list of public keys, by the operator: block-add, block-list. Nothing is taken off it: a key that somebody else has stays known.
#include "base/log.h"
#include "role/registrar/control/control.h"
#include "site/acts.h"
#include "store/blocked.h"

enum { CERTIFICATES_SHOWN = 20 };

static int block_add(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	const struct store_certificate_page page = {.limit = CERTIFICATES_SHOWN};
	uint8_t hash[STORE_HASH_LEN];
	struct view *serials, reason = control_text(command, "reason");
	size_t count;
	bool there, added = false;
	int error = control_hash(command, "spki", &there, hash);
	if (error)
		return error;
	if (!there)
		return control_fail(command, XICA_EINVAL, "say which key: the SHA-256 of its SubjectPublicKeyInfo");
	const struct site_act act = {command->now, command->by};
	if ((error = site_act_block_key(txn, &act, hash, reason.len ? reason : VIEW_LIT("blocked by the operator"), &added)) ||
	    (error = store_certificate_list_by_key(txn, hash, &page, &command->arena, &serials, &count)))
		return error;
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(list, control_json_hex(serials[i]));
	command->result = json_pack("{s:o, s:b, s:o}", "spki_sha256", control_json_hex(view_bytes(hash, sizeof(hash))), "added", added, "certificates", list);
	return command->result ? XICA_OK : XICA_ENOMEM;
}

static void block_added(struct control_command *command)
{
	log_info("the operator blocks a key key=%s", json_string_value(json_object_get(command->result, "spki_sha256")));
}

static json_t *blocked_json(const struct store_blocked *blocked)
{
	return json_pack("{s:o, s:o, s:o}", "spki_sha256", control_json_hex(view_bytes(blocked->spki_sha256, STORE_HASH_LEN)), "time",
			 control_json_time(blocked->time), "reason", control_json_text(blocked->reason));
}

static int block_list(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	uint8_t after[STORE_HASH_LEN];
	struct store_blocked *rows;
	size_t count, i, used = 0, limit = control_limit(command);
	bool there;
	int error = control_hash(command, "after", &there, after);
	if (error || (error = store_blocked_list(txn, there ? after : NULL, limit, &command->arena, &rows, &count)))
		return error;
	json_t *list = json_array();
	for (i = 0; i < count; i++)
		if (!control_page_add(list, blocked_json(&rows[i]), &used))
			break;
	json_t *next = i && (i < count || count == limit) ? control_json_hex(view_bytes(rows[i - 1].spki_sha256, STORE_HASH_LEN)) : NULL;
	return control_page_end(command, "keys", list, next);
}

const struct control_verb registrar_control_blocked[] = {
	{"block-add", CONTROL_ACT, block_add, block_added, NULL},
	{"block-list", CONTROL_LOOK, block_list, NULL, NULL},
	{NULL},
};
