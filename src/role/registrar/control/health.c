// How the CA is, for the operator: health (what is connected, what waits, until when issuers and CRLs hold), limits (what is configured).
#include "role/registrar/control/control.h"
#include "role/registrar/issue.h"
#include "role/registrar/login.h"
#include "store/mail.h"
#include "store/operator_note.h"

enum { WAITING_SHOWN = 1000 };

// --- health

static json_t *peer_json(const struct ipc_channel *channel)
{
	return json_pack("{s:b, s:I}", "connected", channel != NULL, "queued", (json_int_t)(channel ? ipc_channel_queued(channel) : 0));
}

static json_t *roles_json(const struct registrar *registrar)
{
	json_t *fronts = json_array();
	for (unsigned i = 0; i < REGISTRAR_FRONTS_MAX; i++)
		if (registrar->front_life[i])
			(void)json_array_append_new(fronts, peer_json(registrar->fronts[i]));
	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "fronts", fronts, "validator", peer_json(registrar->validator), "signer",
			 peer_json(registrar->signer), "mailer", peer_json(registrar->mailer), "login", peer_json(registrar->login));
}

// As the metrics' memory has it: what the parent and the validator say of themselves.
static json_t *processes_json(const struct registrar *registrar)
{
	const struct metrics_parent *parent = &registrar->role->metrics->parent;
	json_t *roles = json_object();
	for (size_t i = 0; i < METRICS_ROLES; i++)
		(void)json_object_set_new(roles, METRICS_ROLE_NAMES[i], json_pack("{s:I, s:I}", "ready", (json_int_t)parent->up[i], "restarts", (json_int_t)parent->deaths[i]));
	return roles;
}

static json_t *validations_json(const struct registrar *registrar)
{
	const struct metrics_validator *validator = &registrar->role->metrics->validator;
	return json_pack("{s:I, s:I}", "active", (json_int_t)validator->active, "waiting", (json_int_t)validator->waiting);
}

static json_t *under_way_json(const struct registrar *registrar)
{
	json_int_t issuances = 0;
	for (const struct issuance *issuance = registrar->issuances; issuance; issuance = issuance->next)
		issuances++;
	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "requests", (json_int_t)registrar->requests, "proofs", (json_int_t)registrar_proofs_count(registrar),
			 "issuances", issuances, "log_ins", (json_int_t)registrar_login_waiting(registrar), "letters",
			 (json_int_t)registrar_mail_under_way(registrar));
}

static json_t *store_json(const struct registrar *registrar)
{
	struct store_stats stats = store_stats(registrar->store);
	const struct metrics_registrar *part = &registrar->role->metrics->registrar;
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:s}", "bytes", (json_int_t)(part->database_bytes + part->wal_bytes), "queued", (json_int_t)store_queued(registrar->store), "units", (json_int_t)stats.units, "commits",
			 (json_int_t)stats.groups, "commits_failed", (json_int_t)stats.groups_failed, "last_error", store_error_text(registrar->store));
}

static json_t *issuers_json(const struct registrar *registrar)
{
	json_t *list = json_array();
	for (size_t i = 0; i < registrar->ca.issuer_count; i++)
		(void)json_array_append_new(list, json_pack("{s:s, s:o, s:b}", "id", registrar->ca.issuers[i].id, "not_after",
							    control_json_time(registrar->ca.issuers[i].not_after), "current", i == 0));
	return list;
}

static int crls_json(struct store_txn *txn, struct control_command *command, json_t **ret_list)
{
	struct store_crl *crls;
	size_t count;
	int error = store_crl_list(txn, &command->arena, &crls, &count);
	if (error)
		return error;
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(list, json_pack("{s:o, s:I, s:I, s:o, s:o}", "issuer", control_json_text(crls[i].issuer), "shard",
							    (json_int_t)crls[i].shard, "number", (json_int_t)crls[i].number, "this_update",
							    control_json_time(crls[i].this_update), "next_update", control_json_time(crls[i].next_update)));
	*ret_list = list;
	return XICA_OK;
}

struct waiting {
	size_t mail, failed_mail, notes, orders;
};

static int count_waiting(struct store_txn *txn, struct control_command *command, struct waiting *ret_waiting)
{
	struct waiting waiting;
	int64_t *ids;
	int error = store_mail_count(txn, STORE_MAIL_WAITING, &waiting.mail);
	if (error || (error = store_mail_count(txn, STORE_MAIL_FAILED, &waiting.failed_mail)) || (error = store_operator_note_count(txn, &waiting.notes)) ||
	    (error = store_order_list_review(txn, 0, WAITING_SHOWN, &command->arena, &ids, &waiting.orders)))
		return error;
	*ret_waiting = waiting;
	return XICA_OK;
}

static int health(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	const struct registrar *registrar = command->registrar;
	struct waiting waiting;
	json_t *crls;
	int error = count_waiting(txn, command, &waiting);
	if (error || (error = crls_json(txn, command, &crls)))
		return error;
	json_t *waits = json_pack("{s:I, s:I, s:I, s:I}", "letters", (json_int_t)waiting.mail, "letters_failed", (json_int_t)waiting.failed_mail, "notes",
				  (json_int_t)waiting.notes, "orders", (json_int_t)waiting.orders);
	command->result = json_pack("{s:s, s:s, s:s, s:o, s:I, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "version", XICA_VERSION, "url", registrar->config->url, "http_url", registrar->config->http_url, "started",
				    control_json_time(registrar->started), "uptime", (json_int_t)(command->now - registrar->started), "mail",
				    registrar->config->mail, "processes", processes_json(registrar), "validations", validations_json(registrar), "roles", roles_json(registrar), "under_way", under_way_json(registrar), "waiting", waits, "store",
				    store_json(registrar), "issuers", issuers_json(registrar), "crls", crls);
	return command->result ? XICA_OK : XICA_ENOMEM;
}

// --- limits

static json_t *profiles_json(const struct config *config)
{
	json_t *list = json_array();
	for (size_t i = 0; i < config->profile_count; i++)
		(void)json_array_append_new(list, json_pack("{s:s, s:I}", "name", config->profiles[i].name, "validity",
							    (json_int_t)config->profiles[i].validity));
	return list;
}

static json_t *review_json(const struct config *config)
{
	json_t *list = json_array();
	for (size_t i = 0; i < config->review_name_count; i++)
		(void)json_array_append_new(list, json_string(config->review_names[i]));
	return list;
}

static json_t *rates_json(const struct config *config)
{
	json_t *rates = json_object();
	for (int kind = 1; kind < STORE_LIMIT_KIND_END; kind++) {
		cleanup_buf text = BUF_INIT;
		rate_add_text(&text, &config->rates[kind]);
		(void)json_object_set_new(rates, store_limit_kind_text((enum store_limit_kind)kind), json_string(buf_cstr(&text)));
	}
	return rates;
}

static int limits(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	const struct config *config = command->registrar->config;
	(void)txn;
	command->result = json_pack("{s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:b, s:b, s:o, s:o}", "rates", rates_json(config), "requests_per_minute",
				    (json_int_t)config->requests_per_minute, "requests_burst", (json_int_t)config->requests_burst, "order_names",
				    (json_int_t)config->order_names_max, "order_lifetime", (json_int_t)config->order_lifetime, "authorization_pending_lifetime",
				    (json_int_t)config->authorization_pending_lifetime, "authorization_lifetime", (json_int_t)config->authorization_lifetime,
				    "crl_lifetime", (json_int_t)config->crl_lifetime, "log_ins_waiting", (json_int_t)REGISTRAR_LOGIN_WAITING_MAX, "sign_up",
				    config->sign_up, "code_by_mail", config->mail_code_challenge, "external_account_required",
				    config->external_account_required, "profiles", profiles_json(config), "review", review_json(config));
	return command->result ? XICA_OK : XICA_ENOMEM;
}

const struct control_verb registrar_control_health[] = {
	{"health", CONTROL_LOOK, health, NULL, NULL},
	{"limits", CONTROL_LOOK, limits, NULL, NULL},
	{NULL},
};
