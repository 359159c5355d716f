// What an operator wants to be renewed before its time, in portions: cert-renew-now. The clients are told when they ask (RFC 9773; renewal.c).
//
// Arguments: what is meant ("serial", "name", "account" or "issuer"), "explanation" (an https URL for people), "withdraw": it is not to be any more. Answer: how many were
// "marked" (or no longer are, with withdraw); how many are "over": revoked, expired, never issued; and where more is to be done, "after", with which the next portion is asked for.
#include "base/log.h"
#include "role/registrar/control/control.h"
#include "store/renewal.h"

enum { PORTION = 200, URL_MAX = 500 };

struct portion {
	struct store_txn *txn;
	struct control_command *command;
	struct store_renewal_call call;
	struct view issuer;
	bool withdraw;
	json_int_t marked, over;
	json_t *serials; // of those marked, for the audit log
};

static int mark(struct portion *portion, const struct store_certificate *certificate)
{
	if (portion->issuer.len && !view_equal(portion->issuer, certificate->issuer))
		return XICA_OK;
	if (certificate->status != STORE_CERTIFICATE_ISSUED || certificate->not_after < portion->command->now) {
		portion->over++;
		return XICA_OK;
	}
	int error = portion->withdraw ? store_renewal_call_drop(portion->txn, certificate->serial)
				      : store_renewal_call_put(portion->txn, certificate->serial, &portion->call);
	if (portion->withdraw && error == XICA_ECONFLICT)
		return XICA_OK; // it wasn't marked
	portion->marked += !error;
	return error ? error : json_array_append_new(portion->serials, control_json_hex(certificate->serial)) ? XICA_ENOMEM : XICA_OK;
}

// A URL that a client may show: https, and nothing that isn't a URL's (RFC 3986 §2).
static bool is_url(struct view text)
{
	static const struct view SCHEME = {(const uint8_t *)"https://", 8};
	if (!view_starts(text, SCHEME) || text.len == SCHEME.len || text.len > URL_MAX)
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || view_index(VIEW_LIT("\"<>\\^`{|}"), text.ptr[i], 0) != SIZE_MAX)
			return false;
	return true;
}

static int find_meant(struct portion *portion, struct view **ret_serials, size_t *ret_count)
{
	struct control_command *command = portion->command;
	struct store_certificate_page page = {.limit = PORTION};
	struct view name = control_text(command, "name"), serial;
	int64_t account = 0;
	int error = control_id(command, "account", &account);
	if (error || (error = control_serial(command, "serial", &serial)) || (error = control_serial(command, "after", &page.after)))
		return error;
	if ((name.len != 0) + (account != 0) + (serial.len != 0) + (portion->issuer.len != 0) != 1)
		return control_fail(command, XICA_EINVAL, "say which certificates: one of serial, name, account, issuer");
	if (portion->issuer.len && !ca_dir_issuer(&command->registrar->ca, portion->issuer))
		return control_fail(command, XICA_ENOTFOUND, "there is no such issuer");
	if (name.len)
		error = store_certificate_list_by_name(portion->txn, name, &page, &command->arena, ret_serials, ret_count);
	else if (account)
		error = store_certificate_list_by_account(portion->txn, account, &page, &command->arena, ret_serials, ret_count);
	else if (portion->issuer.len) // among all of them, so that a portion costs the same whoever issued
		error = store_certificate_list(portion->txn, &page, &command->arena, ret_serials, ret_count);
	else if ((*ret_serials = arena_array(&command->arena, 1, sizeof(**ret_serials)))) {
		(*ret_serials)[0] = serial;
		*ret_count = 1;
	} else {
		error = XICA_ENOMEM;
	}
	return error == XICA_ENOTFOUND ? control_fail(command, error, "the cursor is not one that a portion ended with") : error;
}

static int renew_portion(struct portion *portion)
{
	struct control_command *command = portion->command;
	struct view *serials;
	size_t count;
	int error = find_meant(portion, &serials, &count);
	for (size_t i = 0; !error && i < count; i++) {
		struct store_certificate certificate;
		if (!(error = control_certificate_get(portion->txn, command, serials[i], &certificate)))
			error = mark(portion, &certificate);
	}
	if (error)
		return error;
	command->result = json_pack("{s:I, s:I}", "marked", portion->marked, "over", portion->over);
	command->outcome = json_pack("{s:I, s:O, s:o}", "marked", portion->marked, "serials", portion->serials, "explanation",
				     control_json_text(portion->call.explanation));
	if (!command->result || !command->outcome)
		return XICA_ENOMEM;
	return count == PORTION && json_object_set_new(command->result, "after", control_json_hex(serials[count - 1])) ? XICA_ENOMEM : XICA_OK;
}

static int cert_renew_now(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct portion portion = {.txn = txn, .command = command, .call = {command->now, control_text(command, "explanation")},
				  .issuer = control_text(command, "issuer"), .withdraw = json_is_true(json_object_get(command->arguments, "withdraw"))};
	if (json_object_get(command->arguments, "explanation") && !is_url(portion.call.explanation))
		return control_fail(command, XICA_EINVAL, "the explanation must be an https URL of at most 500 characters");
	portion.serials = json_array();
	int error = portion.serials ? renew_portion(&portion) : XICA_ENOMEM;
	json_decref(portion.serials);
	return error;
}

static void told(struct control_command *command)
{
	bool withdraw = json_is_true(json_object_get(command->arguments, "withdraw"));
	json_int_t marked = json_integer_value(json_object_get(command->result, "marked"));
	role_crash_point(command->registrar->role, "after-renewal-commit");
	registrar_renewals_touch(command->registrar);
	log_info("the operator says of %lld certificates that they are %sto be renewed now", (long long)marked, withdraw ? "not " : "");
}

const struct control_verb registrar_control_renewal[] = {
	{"cert-renew-now", CONTROL_ACT, cert_renew_now, told, NULL},
	{NULL},
};
