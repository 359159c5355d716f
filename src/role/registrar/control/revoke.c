// Revocation by the operator, in portions: cert-revoke.
//
// Arguments: what is meant ("serial", "name" or "account"), "reason", "with_key": also every other certificate that has the key of one that is meant, "dry": only say
// which ones it would be. Answer: "serials" of those revoked now; how many are "pending" (being issued at this moment: nobody can revoke them yet); "already" revoked
// or "expired"; and where more is to be done, "after" and "key_after", with which the next portion is asked for.
//
// A reason of keyCompromise puts the keys on the block list, so no certificate is issued for them while the portions go on; and implies with_key.
#include "base/log.h"
#include "pki/reason.h"
#include "role/registrar/control/control.h"
#include "site/acts.h"

enum { PORTION = 200 }; // a few milliseconds of the registrar's loop

struct touched { // a CRL that is out of date by this portion
	struct touched *next;
	struct view issuer;
	uint32_t shard;
};

struct portion {
	struct store_txn *txn;
	struct control_command *command;
	enum pki_reason reason;
	bool dry, with_key;
	xica_time now;
	struct view after, key_after; // the last that is done: of those meant, and of the key of the next one
	size_t visited;
	json_int_t pending, already, expired;
	json_t *serials;
	struct site_report report;
};

static int touch(struct control_command *command, const struct store_certificate *certificate)
{
	for (const struct touched *touched = command->state; touched; touched = touched->next)
		if (touched->shard == certificate->shard && view_equal(touched->issuer, certificate->issuer))
			return XICA_OK;
	struct touched *touched = arena_alloc(&command->arena, sizeof(*touched));
	if (!touched)
		return XICA_ENOMEM;
	*touched = (struct touched){.next = command->state, .issuer = certificate->issuer, .shard = certificate->shard};
	command->state = touched;
	return XICA_OK;
}

static int revoke_one(struct portion *portion, const struct store_certificate *certificate)
{
	portion->visited++;
	switch (certificate->status) {
	case STORE_CERTIFICATE_PENDING: portion->pending++; return XICA_OK;
	case STORE_CERTIFICATE_ABANDONED: return XICA_OK;
	case STORE_CERTIFICATE_REVOKED: portion->already++; return XICA_OK;
	case STORE_CERTIFICATE_ISSUED: break;
	}
	if (certificate->not_after < portion->now) {
		portion->expired++;
		return XICA_OK;
	}
	if (json_array_append_new(portion->serials, control_json_hex(certificate->serial)))
		return XICA_ENOMEM;
	if (portion->dry)
		return XICA_OK;
	int error = site_report_revoke(portion->txn, &portion->report, certificate->serial, (unsigned)portion->reason);
	return error ? error : touch(portion->command, certificate);
}

// The other certificates of this one's key. *ret_whole: all of them were seen.
static int revoke_key(struct portion *portion, const struct store_certificate *certificate, bool *ret_whole)
{
	struct arena *arena = &portion->command->arena;
	const struct store_certificate_page page = {.after = portion->key_after, .limit = PORTION};
	struct view *serials;
	size_t count;
	bool pending = false;
	int error = XICA_OK;
	if (!portion->dry && portion->reason == PKI_REASON_KEY_COMPROMISE)
		error = site_act_block_key(portion->txn, &(struct site_act){portion->now, portion->command->by}, certificate->spki_sha256,
					   VIEW_LIT("revoked for keyCompromise by the operator"), NULL);
	if (error || (error = store_certificate_key_pending(portion->txn, certificate->spki_sha256, &pending)) ||
	    (error = store_certificate_list_by_key(portion->txn, certificate->spki_sha256, &page, arena, &serials, &count)))
		return error;
	portion->pending += pending && certificate->status != STORE_CERTIFICATE_PENDING;
	for (size_t i = 0; i < count; i++) {
		struct store_certificate other;
		if ((error = store_certificate_get(portion->txn, serials[i], arena, &other)))
			return error;
		if (!view_equal(other.serial, certificate->serial) && (error = revoke_one(portion, &other)))
			return error;
	}
	*ret_whole = count < PORTION;
	portion->key_after = *ret_whole ? VIEW_NONE : serials[count - 1];
	return XICA_OK;
}

static int find_meant(struct portion *portion, struct view **ret_serials, size_t *ret_count)
{
	struct control_command *command = portion->command;
	const struct store_certificate_page page = {.after = portion->after, .limit = PORTION};
	struct view name = control_text(command, "name"), serial;
	int64_t account = 0;
	int error = control_id(command, "account", &account);
	if (error || (error = control_serial(command, "serial", &serial)))
		return error;
	if ((name.len != 0) + (account != 0) + (serial.len != 0) != 1)
		return control_fail(command, XICA_EINVAL, "say which certificates: one of serial, name, account, key");
	if (name.len)
		return store_certificate_list_by_name(portion->txn, name, &page, &command->arena, ret_serials, ret_count);
	if (account)
		return store_certificate_list_by_account(portion->txn, account, &page, &command->arena, ret_serials, ret_count);
	struct view *one = arena_array(&command->arena, 1, sizeof(*one));
	if (!one)
		return XICA_ENOMEM;
	*one = serial;
	*ret_serials = one;
	*ret_count = portion->after.len ? 0 : 1;
	return XICA_OK;
}

// *ret_done: nothing is left for another portion.
static int revoke_portion(struct portion *portion, bool *ret_done)
{
	struct view *serials;
	size_t count;
	int error = find_meant(portion, &serials, &count);
	for (size_t i = 0; !error && i < count; i++) {
		struct store_certificate certificate;
		bool whole = true;
		if ((error = control_certificate_get(portion->txn, portion->command, serials[i], &certificate)))
			return error;
		if (portion->with_key)
			error = revoke_key(portion, &certificate, &whole);
		if (!error && whole)
			error = revoke_one(portion, &certificate);
		if (error)
			return error;
		if (whole)
			portion->after = certificate.serial;
		if (!whole || (portion->visited >= PORTION && i + 1 < count))
			return XICA_OK;
	}
	*ret_done = count < PORTION;
	return error;
}

static int read_portion(struct portion *portion)
{
	struct control_command *command = portion->command;
	struct view word = control_text(command, "reason");
	if (word.len && pki_reason_parse(word, &portion->reason))
		return control_fail(command, XICA_EINVAL, "the reason must be one of " PKI_REASON_WORDS);
	portion->dry = json_is_true(json_object_get(command->arguments, "dry"));
	portion->with_key = json_is_true(json_object_get(command->arguments, "with_key")) || portion->reason == PKI_REASON_KEY_COMPROMISE;
	int error = control_serial(command, "after", &portion->after);
	return error ? error : control_serial(command, "key_after", &portion->key_after);
}

static int cert_revoke(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct portion portion = {.txn = txn, .command = command, .reason = PKI_REASON_UNSPECIFIED, .now = clock_now(),
				  .report = registrar_report(command->registrar, &command->arena, VIEW_NONE)};
	bool done = false;
	portion.report.by = command->by;
	int error = read_portion(&portion);
	if (error)
		return error;
	portion.serials = json_array();
	if ((error = revoke_portion(&portion, &done))) {
		json_decref(portion.serials);
		return error;
	}
	command->outcome = json_pack("{s:O}", "serials", portion.serials); // what a name or an account meant at that time
	command->result = json_pack("{s:o, s:I, s:I, s:I}", "serials", portion.serials, "pending", portion.pending, "already", portion.already,
				    "expired", portion.expired);
	if (command->result && !done && portion.after.len)
		error = json_object_set_new(command->result, "after", control_json_hex(portion.after));
	if (command->result && !done && portion.key_after.len && !error)
		error = json_object_set_new(command->result, "key_after", control_json_hex(portion.key_after));
	return command->result && command->outcome && !error ? XICA_OK : XICA_ENOMEM;
}

static void cert_revoked(struct control_command *command)
{
	const char *word = json_string_value(json_object_get(command->arguments, "reason"));
	const json_t *serial;
	size_t i;
	if (json_is_true(json_object_get(command->arguments, "dry")))
		return;
	role_crash_point(command->registrar->role, "after-revocation-commit");
	for (const struct touched *touched = command->state; touched; touched = touched->next)
		registrar_crl_touch(command->registrar, touched->issuer, touched->shard);
	if (command->state)
		registrar_mail_waits(command->registrar);
	json_array_foreach(json_object_get(command->result, "serials"), i, serial)
		log_info("the operator revokes a certificate serial=%s reason=%s", json_string_value(serial), word ? word : "unspecified");
}

const struct control_verb registrar_control_revoke[] = {
	{"cert-revoke", CONTROL_ACT_OR_DRY, cert_revoke, cert_revoked, NULL},
	{NULL},
};
