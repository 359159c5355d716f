// External account keys (RFC 8555 §7.3.4): made, listed, revoked by the operator.
#include "role/registrar/control/control.h"
#include "site/acts.h"
#include "site/random_text.h"
#include "store/eab.h"

enum { KID_BYTES = 12, MAC_KEY_BYTES = 32 };

static int eab_create(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	cleanup_buf kid_bytes = BUF_INIT, kid = BUF_INIT, mac_key = BUF_INIT, mac_text = BUF_INIT;
	const char *note = json_string_value(json_object_get(command->arguments, "note"));
	int error = site_random_text(KID_BYTES, &kid_bytes, &kid);
	if (error || (error = site_random_text(MAC_KEY_BYTES, &mac_key, &mac_text)))
		return error;
	struct store_eab row = {.kid = buf_view(&kid), .mac_key = buf_view(&mac_key), .note = view_str(note ? note : ""), .created = clock_now()};
	if ((error = store_eab_create(txn, &row)))
		return error;
	command->result = json_pack("{s:s, s:s, s:s}", "kid", buf_cstr(&kid), "hmac_key", buf_cstr(&mac_text), "note", note ? note : "");
	command->outcome = json_pack("{s:s}", "kid", buf_cstr(&kid));
	return command->result && command->outcome ? XICA_OK : XICA_ENOMEM;
}

static int eab_revoke(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	const char *kid = json_string_value(json_object_get(command->arguments, "kid"));
	int error = kid ? site_act_revoke_eab(txn, &(struct site_act){command->now, command->by}, view_str(kid)) : XICA_EINVAL;
	if (error == XICA_ECONFLICT)
		command->error = "there is no such key, or it is revoked already";
	if (error)
		return error;
	command->result = json_pack("{s:s}", "kid", kid);
	return command->result ? XICA_OK : XICA_ENOMEM;
}

static json_t *eab_json(const struct store_eab *row)
{
	const char *state = row->revoked ? "revoked" : row->account ? "bound" : "unused";
	return json_pack("{s:o, s:o, s:o, s:s, s:o}", "kid", control_json_text(row->kid), "note", control_json_text(row->note), "created",
			 control_json_time(row->created), "state", state, "account", control_json_id(row->account));
}

static int eab_list(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_eab *rows;
	size_t count, i, used = 0, limit = control_limit(command);
	int error = store_eab_list(txn, control_text(command, "after"), limit, &command->arena, &rows, &count);
	if (error)
		return error;
	json_t *list = json_array();
	for (i = 0; i < count; i++)
		if (!control_page_add(list, eab_json(&rows[i]), &used))
			break;
	return control_page_end(command, "keys", list, i && (i < count || count == limit) ? control_json_text(rows[i - 1].kid) : NULL);
}

const struct control_verb registrar_control_eab[] = {
	{"eab-create", CONTROL_ACT, eab_create, NULL, NULL},
	{"eab-list", CONTROL_LOOK, eab_list, NULL, NULL},
	{"eab-revoke", CONTROL_ACT, eab_revoke, NULL, NULL},
	{NULL},
};
