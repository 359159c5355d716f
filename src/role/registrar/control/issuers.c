// The CA's intermediates as the running xicad knows them: issuer-list. For roll-over: which one issues, and until when the others are needed.
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

const struct control_verb registrar_control_issuers[] = {
	{"issuer-list", CONTROL_LOOK, issuer_list, NULL, NULL},
	{NULL},
};
