// The CA's intermediates as the running xicad knows them: issuer-list. For roll-over: which one issues, and until when the others are needed. And a note that its folder was changed:
// ca-changed.
#include "role/registrar/control/control.h"
#include "store/issuer.h"

static json_t *crls_json(const struct store_issuer_crls *crls)
{
	return json_pack("{s:I, s:o}", "count", (json_int_t)crls->count, "next_update", control_json_time(crls->next_update));
}

static int issuer_json(struct store_txn *txn, const struct ca_issuer *issuer, bool issues, json_t *list)
{
	struct store_issuer_crls crls;
	xica_time end = 0;
	int error = store_issuer_end(txn, view_str(issuer->id), &end);
	if (error && error != XICA_ENOTFOUND)
		return error;
	if ((error = store_issuer_crls(txn, view_str(issuer->id), &crls)))
		return error;
	return json_array_append_new(list, json_pack("{s:s, s:b, s:o, s:o, s:o}", "id", issuer->id, "issues", issues, "not_after",
						     control_json_time(issuer->not_after), "last_certificate_ends", control_json_time(end),
						     "crls", crls_json(&crls))) ? XICA_ENOMEM : XICA_OK;
}

static xica_time longest_validity(const struct config *config)
{
	xica_time longest = 0;
	for (size_t i = 0; i < config->profile_count; i++)
		if (config->profiles[i].validity_max > longest)
			longest = config->profiles[i].validity_max;
	return longest;
}

static int issuer_list(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	const struct registrar *registrar = command->registrar;
	json_t *list = json_array();
	int error = list ? XICA_OK : XICA_ENOMEM;
	for (size_t i = 0; !error && i < registrar->ca.issuer_count; i++)
		error = issuer_json(txn, &registrar->ca.issuers[i], i == 0, list);
	if (error) {
		json_decref(list);
		return error;
	}
	command->result = json_pack("{s:o, s:I}", "issuers", list, "longest_validity", (json_int_t)longest_validity(registrar->config));
	return command->result ? XICA_OK : XICA_ENOMEM;
}

// What `xica ca` did to the CA's folder, on the CA's own machine. Nothing is done here: the note is all of it.
static int ca_changed(struct store_txn *txn, void *context)
{
	static const char *const ACTS[] = {"new-intermediate", "new-root", "import", "crl", "revoke", "retire"};
	struct control_command *command = context;
	struct view act = control_text(command, "act");
	(void)txn;
	for (size_t i = 0; i < sizeof(ACTS) / sizeof(ACTS[0]); i++)
		if (view_equal_str(act, ACTS[i])) {
			command->result = json_pack("{s:s}", "act", ACTS[i]);
			return command->result ? XICA_OK : XICA_ENOMEM;
		}
	return control_fail(command, XICA_EINVAL, "'act' must be new-intermediate, new-root, import, crl, revoke or retire");
}

const struct control_verb registrar_control_issuers[] = {
	{"ca-changed", CONTROL_LOCAL_ACT, ca_changed, NULL, NULL},
	{"issuer-list", CONTROL_LOOK, issuer_list, NULL, NULL},
	{NULL},
};
