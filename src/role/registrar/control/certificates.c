// Certificates, shown to the operator: cert-list, cert-show.
#include "pki/pem.h"
#include "pki/reason.h"
#include "role/registrar/control/control.h"
#include "store/find.h"

static const char *state_text(enum store_certificate_status status)
{
	switch (status) {
	case STORE_CERTIFICATE_PENDING: return "pending";
	case STORE_CERTIFICATE_ISSUED: return "issued";
	case STORE_CERTIFICATE_ABANDONED: return "abandoned";
	case STORE_CERTIFICATE_REVOKED: return "revoked";
	}
	return "?";
}

static json_t *names_json(const struct store_certificate *certificate)
{
	json_t *names = json_array();
	for (size_t i = 0; i < certificate->name_count; i++)
		(void)json_array_append_new(names, control_json_text(certificate->names[i]));
	return names;
}

static json_t *certificate_json(const struct store_certificate *certificate)
{
	json_t *is = json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:o, s:o}",
			       "serial", control_json_hex(certificate->serial), "status", state_text(certificate->status),
			       "names", names_json(certificate), "not_before", control_json_time(certificate->not_before),
			       "not_after", control_json_time(certificate->not_after), "account", control_json_id(certificate->account),
			       "order", control_json_id(certificate->order), "issuer", control_json_text(certificate->issuer),
			       "shard", (json_int_t)certificate->shard, "profile", control_json_text(certificate->profile),
			       "spki_sha256", control_json_hex(view_bytes(certificate->spki_sha256, STORE_HASH_LEN)));
	if (is && certificate->status == STORE_CERTIFICATE_REVOKED) {
		(void)json_object_set_new(is, "revoked_at", control_json_time(certificate->revoked_at));
		(void)json_object_set_new(is, "reason", json_string(pki_reason_text(certificate->reason)));
	}
	return is;
}

int control_certificate_get(struct store_txn *txn, struct control_command *command, struct view serial, struct store_certificate *ret_certificate)
{
	if (!serial.len)
		return control_fail(command, XICA_EINVAL, "the serial number is missing");
	int error = store_certificate_get(txn, serial, &command->arena, ret_certificate);
	return error == XICA_ENOTFOUND ? control_fail(command, error, "there is no certificate with this serial number") : error;
}

static const char *const STATES[] = {"pending", "issued", "abandoned", "revoked"}; // by enum store_certificate_status, from 1

static int read_cursor(struct store_txn *txn, struct control_command *command, int64_t *ret_below)
{
	struct view after;
	int error = control_serial(command, "after", &after);
	if (error || !after.len)
		return error;
	error = store_certificate_number(txn, after, ret_below);
	return error == XICA_ENOTFOUND ? control_fail(command, error, "the cursor is not one that a list ended with") : error;
}

static int read_filter(struct store_txn *txn, struct control_command *command, struct store_find *find)
{
	int error = control_filter(command, STATES, sizeof(STATES) / sizeof(STATES[0]), find);
	if (!error)
		error = control_time(command, "expires_before", &find->expires_before);
	return error ? error : read_cursor(txn, command, &find->below);
}

static int cert_list(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_find find;
	struct store_found found;
	struct store_certificate certificate;
	struct view serial;
	size_t used = 0, i;
	int error = read_filter(txn, command, &find);
	if (error || (error = store_certificate_find(txn, &find, &command->arena, &found)))
		return error;
	json_t *list = json_array();
	for (i = 0; i < found.count; i++) {
		if ((error = store_certificate_serial(txn, found.ids[i], &command->arena, &serial)) ||
		    (error = store_certificate_get(txn, serial, &command->arena, &certificate))) {
			json_decref(list);
			return error;
		}
		if (!control_page_add(list, certificate_json(&certificate), &used))
			break;
	}
	int64_t next = i < found.count ? found.ids[i - 1] : found.next;
	if (next && (error = store_certificate_serial(txn, next, &command->arena, &serial))) {
		json_decref(list);
		return error;
	}
	return control_page_end(command, "certificates", list, next ? control_json_hex(serial) : NULL);
}

static int cert_show(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_certificate certificate;
	struct view serial;
	cleanup_buf pem = BUF_INIT;
	int error = control_serial(command, "serial", &serial);
	if (error || (error = control_certificate_get(txn, command, serial, &certificate)))
		return error;
	command->result = certificate_json(&certificate);
	if (certificate.der.len)
		pem_write(&pem, PEM_CERTIFICATE, certificate.der);
	if (buf_error(&pem) || !command->result)
		return XICA_ENOMEM;
	return pem.len && json_object_set_new(command->result, "pem", control_json_text(buf_view(&pem))) ? XICA_ENOMEM : XICA_OK;
}

const struct control_verb registrar_control_certificates[] = {
	{"cert-list", CONTROL_LOOK, cert_list, NULL, NULL},
	{"cert-show", CONTROL_LOOK, cert_show, NULL, NULL},
	{NULL},
};
