// What the signer answers to an issuance, and what is recorded of it.
#include "base/hex.h"
#include "base/log.h"
#include "pki/certificate.h"
#include "pki/csr.h"
#include "pki/refusal.h"
#include "role/registrar/audit.h"
#include "role/registrar/issue.h"

// --- PREPARED: serial and TBSCertificate are committed before anything is signed

static int name_texts(struct issuance *issuance, struct view **ret_names, size_t *ret_count)
{
	const struct config *config = issuance->registrar->config;
	const struct pki_profile *profile = config_profile(config, issuance->profile);
	struct pki_site site = config_site(config);
	struct pki_sans sans;
	const char *why;
	if (!profile)
		return XICA_ENOTFOUND;
	int error = pki_profile_names(profile, &site, issuance->identifiers, issuance->count, &issuance->arena, &sans, &why);
	struct view *names = error ? NULL : arena_array(&issuance->arena, sans.count, sizeof(*names));
	if (!names)
		return error ? error : XICA_ENOMEM;
	for (size_t i = 0; i < sans.count; i++)
		names[i] = sans.list[i].value;
	*ret_names = names;
	*ret_count = sans.count;
	return XICA_OK;
}

// Whoever deactivates an account, or suspends it, ends what is under way for it (RFC 8555, section 7.3.6). This is the last moment at which nothing is signed yet.
static int check_account(struct store_txn *txn, struct issuance *issuance)
{
	struct store_account account;
	issuance->account_over = false;
	if (!issuance->account)
		return XICA_OK; // the operator's own
	int error = store_account_get(txn, issuance->account, &issuance->arena, &account);
	if (error)
		return error;
	issuance->account_over = account.status != STORE_ACCOUNT_VALID;
	return issuance->account_over ? XICA_EDENIED : XICA_OK;
}

static int record_serial(struct store_txn *txn, void *context)
{
	struct issuance *issuance = context;
	struct pki_csr csr;
	const char *why;
	struct store_certificate row = {
		.serial = issuance->serial, .account = issuance->account, .order = issuance->order, .issuer = issuance->issuer,
		.shard = issuance->shard, .profile = issuance->profile, .made = clock_now(), .not_before = issuance->cert_not_before,
		.not_after = issuance->cert_not_after, .tbs = issuance->tbs,
	};
	int error = check_account(txn, issuance);
	if (!error && issuance->still_ready)
		error = store_order_process(txn, issuance->order, issuance->csr, issuance->jws);
	if (error || (error = pki_csr_parse(issuance->csr, &issuance->arena, &csr, &why)) || (error = crypto_sha256(csr.spki, row.spki_sha256)) ||
	    (error = name_texts(issuance, &row.names, &row.name_count)))
		return error;
	return store_certificate_insert(txn, &row);
}

static void serial_recorded(int error, void *context)
{
	struct issuance *issuance = context;
	if (error)
		issuance_forget(issuance);
	if (error == XICA_EDENIED && issuance->account_over) { // not where the commit failed: then the account did not end either
		issuance_fail(issuance, ACME_UNAUTHORIZED, "the account was deactivated or suspended while the certificate was on its way");
		return;
	}
	if (error == XICA_ECONFLICT && issuance->still_ready) {
		issuance->problem = (struct acme_problem){.type = ACME_ORDER_NOT_READY, .detail = "the order was changed meanwhile"};
		issuance_end(issuance);
		return;
	}
	if (error) {
		log_error("order=%lld its serial could not be recorded: %s", (long long)issuance->order, xica_strerror(error));
		issuance_fail(issuance, ACME_SERVER_INTERNAL, "the certificate could not be recorded; try again");
		return;
	}
	issuance->still_ready = false;
	role_crash_point(issuance->registrar->role, "after-serial-commit");
	issuance_issue(issuance);
}

static struct view keep(struct issuance *issuance, const struct ipc_message *message, enum ipc_field field)
{
	return arena_copy(&issuance->arena, ipc_message_bytes(message, field));
}

static void take_prepared(struct issuance *issuance, const struct ipc_message *message)
{
	uint64_t shard = 0, not_before = 0, not_after = 0;
	role_crash_point(issuance->registrar->role, "after-prepare");
	int error = ipc_message_u64(message, IPC_SHARD, &shard);
	if (error || (error = ipc_message_u64(message, IPC_NOT_BEFORE, &not_before)) || (error = ipc_message_u64(message, IPC_NOT_AFTER, &not_after))) {
		issuance_fail(issuance, ACME_SERVER_INTERNAL, "the certificate could not be prepared");
		return;
	}
	issuance->token = keep(issuance, message, IPC_TOKEN);
	issuance->serial = keep(issuance, message, IPC_SERIAL);
	issuance->tbs = keep(issuance, message, IPC_TBS);
	issuance->issuer = keep(issuance, message, IPC_ISSUER);
	issuance->shard = (uint32_t)shard;
	issuance->cert_not_before = (xica_time)not_before;
	issuance->cert_not_after = (xica_time)not_after;
	issuance->step = ISSUE_RECORDING;
	if ((error = registrar_submit_as(issuance->registrar, STORE_REPEATABLE, record_serial, serial_recorded, issuance)))
		serial_recorded(error, issuance);
}

// --- ISSUED

static int record_certificate(struct store_txn *txn, void *context)
{
	struct issuance *issuance = context;
	issuance->report = registrar_report(issuance->registrar, &issuance->arena, VIEW_NONE);
	int error = store_certificate_issued(txn, issuance->serial, issuance->der);
	if (!error && issuance->order)
		error = store_order_complete(txn, issuance->order, issuance->serial, issuance->cert_not_after + STORE_ORDER_KEPT);
	if (!error)
		error = registrar_audit_keep_head(txn, issuance->registrar);
	if (!error)
		error = site_report_issued(txn, &issuance->report, issuance->serial);
	if (!error && issuance->show)
		issuance->show(txn, issuance->context);
	return error;
}

static void certificate_recorded(int error, void *context)
{
	struct issuance *issuance = context;
	cleanup_buf serial = BUF_INIT;
	hex_encode(&serial, issuance->serial);
	role_crash_point(issuance->registrar->role, "after-certificate-commit");
	if (error) {
		log_error("order=%lld certificate %s could not be recorded: %s", (long long)issuance->order, buf_cstr(&serial), xica_strerror(error));
		issuance_leave(issuance, "the certificate could not be recorded; look at the order again");
		return;
	}
	log_info("request=%.*s order=%lld account=%lld issued serial=%s profile=%.*s", VIEW_FMT(issuance->request_id), (long long)issuance->order, (long long)issuance->account,
		 buf_cstr(&serial), VIEW_FMT(issuance->profile));
	registrar_reported(issuance->registrar, &issuance->report);
	issuance_end(issuance);
}

// What is recorded for this order's account must be what was prepared for it, and nobody else's.
static bool is_as_prepared(const struct issuance *issuance, const struct ipc_message *message)
{
	struct pki_certificate certificate;
	const char *why;
	return !pki_certificate_parse(ipc_message_bytes(message, IPC_CERTIFICATE), &certificate, &why) &&
	       view_equal(certificate.tbs, issuance->tbs);
}

static void take_issued(struct issuance *issuance, const struct ipc_message *message)
{
	role_crash_point(issuance->registrar->role, "after-issue");
	if (!is_as_prepared(issuance, message)) {
		log_error("order=%lld the signer gives another certificate than it prepared", (long long)issuance->order);
		issuance_leave(issuance, "the certificate could not be issued; look at the order again");
		return;
	}
	issuance->der = keep(issuance, message, IPC_CERTIFICATE);
	registrar_audit_take_head(issuance->registrar, message);
	issuance->step = ISSUE_COMPLETING; // what the audit log holds is on disk: after a power failure it is found there again (RECOVERING)
	int error = registrar_submit_as(issuance->registrar, STORE_REPEATABLE | STORE_RECOVERABLE, record_certificate, certificate_recorded, issuance);
	if (error)
		certificate_recorded(error, issuance);
}

// --- NOT_ISSUED: the serial was never signed, and never will be

static int abandon_serial(struct store_txn *txn, void *context)
{
	struct issuance *issuance = context;
	return store_certificate_abandon(txn, issuance->serial);
}

static void serial_abandoned(int error, void *context)
{
	struct issuance *issuance = context;
	if (error) {
		log_error("order=%lld a serial could not be abandoned: %s", (long long)issuance->order, xica_strerror(error));
		issuance_leave(issuance, "the certificate could not be signed; look at the order again");
		return;
	}
	issuance->serial = VIEW_NONE;
	if (++issuance->tries >= ISSUE_TRIES_MAX) {
		issuance_fail(issuance, ACME_SERVER_INTERNAL, "the certificate could not be signed; try again");
	} else if (issuance->csr.len) {
		issuance_prepare(issuance);
	} else if (issuance->order) { // left over from before a start: its evidence is not loaded
		issuance->step = ISSUE_LOADING;
		if (issuance_load(issuance))
			issuance_fail(issuance, ACME_SERVER_INTERNAL, "the certificate could not be signed; try again");
	} else {
		issuance_end(issuance);
	}
}

static void take_not_issued(struct issuance *issuance)
{
	int error = store_submit(issuance->registrar->store, abandon_serial, serial_abandoned, issuance);
	issuance->step = ISSUE_RECORDING;
	if (error)
		serial_abandoned(error, issuance);
}

static void take_refusal(struct issuance *issuance, const struct ipc_message *message)
{
	const char *detail = arena_strdup(&issuance->arena, ipc_message_bytes(message, IPC_DETAIL));
	struct view reason = ipc_message_bytes(message, IPC_REASON);
	log_warning("request=%.*s order=%lld the signer refuses reason=%.*s detail=\"%s\"", VIEW_FMT(issuance->request_id), (long long)issuance->order, VIEW_FMT(reason), detail ? detail : "");
	if (issuance->step == ISSUE_PREPARING) {
		issuance->other_key = view_equal_str(reason, pki_refusal_word(PKI_REFUSAL_FORGED_FINALIZE));
		issuance_fail(issuance, acme_problem_from_name(ipc_message_bytes(message, IPC_PROBLEM)), detail);
	} else if (issuance->step == ISSUE_ISSUING) {
		issuance_recover(issuance); // its token is gone with an earlier signer: was it signed?
	} else {
		issuance_leave(issuance, "it can't be said yet whether the certificate was signed; look at the order again");
	}
}

void registrar_handle_signer(struct ipc_channel *channel, const struct ipc_message *message, const int *fds, size_t fd_count, void *context)
{
	struct registrar *registrar = registrar_of(context);
	struct issuance *issuance = registrar->issuances;
	(void)channel, (void)fds, (void)fd_count;
	if (registrar_crl_answer(registrar, message) || registrar_ocsp_answer(registrar, message) || registrar_audit_answer(registrar, message))
		return;
	while (issuance && issuance->question_id != message->id)
		issuance = issuance->next;
	if (!issuance)
		return; // an answer to a question of an earlier life
	bool asked = issuance->step == ISSUE_ISSUING || issuance->step == ISSUE_RECOVERING;
	if (message->type == IPC_PREPARED && issuance->step == ISSUE_PREPARING)
		take_prepared(issuance, message);
	else if (message->type == IPC_ISSUED && asked)
		take_issued(issuance, message);
	else if (message->type == IPC_NOT_ISSUED && issuance->step == ISSUE_RECOVERING)
		take_not_issued(issuance);
	else if (message->type == IPC_REFUSED && (asked || issuance->step == ISSUE_PREPARING))
		take_refusal(issuance, message);
}
