#include "role/registrar/issue.h"

#include <stdlib.h>

#include "base/hex.h"
#include "base/log.h"
#include "pki/certificate.h"
#include "pki/csr.h"
#include "pki/refusal.h"
#include "role/registrar/audit.h"


struct issuance *issuance_aside(struct registrar *registrar)
{
	struct issuance *issuance = calloc(1, sizeof(*issuance));
	if (issuance)
		issuance->registrar = registrar;
	return issuance;
}

static void join_others(struct issuance *issuance, issuance_done *done, void *context)
{
	issuance->done = done;
	issuance->context = context;
	issuance->next = issuance->registrar->issuances;
	issuance->registrar->issuances = issuance;
}

struct issuance *issuance_new(struct registrar *registrar, issuance_done *done, void *context)
{
	struct issuance *issuance = issuance_aside(registrar);
	if (issuance)
		join_others(issuance, done, context);
	return issuance;
}

void issuance_drop(struct issuance *issuance)
{
	if (!issuance)
		return;
	arena_free(&issuance->arena);
	free(issuance);
}

static void issuance_free(struct issuance *issuance)
{
	struct issuance **link = &issuance->registrar->issuances;
	while (*link && *link != issuance)
		link = &(*link)->next;
	if (*link)
		*link = issuance->next;
	issuance_drop(issuance);
}

void registrar_issues_interrupt(struct registrar *registrar)
{
	static const struct acme_problem STOPS = {.type = ACME_SERVER_INTERNAL, .detail = "xicad stops, and the certificate is not made yet. It may still be, once xicad runs again: "
											  "look for it with 'xica cert list', and repeat the command where it is not there"};
	for (struct issuance *issuance = registrar->issuances; issuance; issuance = issuance->next) {
		issuance_done *done = issuance->asker ? issuance->done : NULL;
		if (!done)
			continue;
		issuance->done = NULL;
		done(issuance->context, &STOPS);
		issuance->asker = NULL;
	}
}

void registrar_issues_free(struct registrar *registrar)
{
	while (registrar->issuances)
		issuance_free(registrar->issuances);
}

void issuance_end(struct issuance *issuance)
{
	if (issuance->done)
		issuance->done(issuance->context, issuance->problem.type ? &issuance->problem : NULL);
	issuance_free(issuance);
}

// --- failure

// Another finalize may do better: with another CSR, or once the DNS answers, or signed by the key that the account has got since.
static bool may_try_again(const struct issuance *issuance)
{
	enum acme_problem_type type = issuance->problem.type;
	return issuance->other_key || type == ACME_BAD_CSR || type == ACME_BAD_PUBLIC_KEY || type == ACME_CAA || type == ACME_DNS || type == ACME_CONNECTION ||
	       type == ACME_SERVER_INTERNAL || type == ACME_RATE_LIMITED;
}

static int record_failure(struct store_txn *txn, void *context)
{
	struct issuance *issuance = context;
	cleanup_buf problem = BUF_INIT;
	if (may_try_again(issuance))
		return store_order_return(txn, issuance->order);
	int error = acme_problem_write(&issuance->problem, &problem);
	if (error || !issuance->still_ready)
		return error ? error : store_order_fail(txn, issuance->order, STORE_ORDER_PROCESSING, buf_view(&problem));
	error = store_order_fail(txn, issuance->order, STORE_ORDER_READY, buf_view(&problem));
	return error == XICA_ECONFLICT ? XICA_OK : error; // what somebody else made of it stays
}

static void failure_recorded(int error, void *context)
{
	struct issuance *issuance = context;
	if (error) {
		log_error("order=%lld its failure could not be recorded: %s", (long long)issuance->order, xica_strerror(error));
		registrar_take_up_soon(issuance->registrar);
	}
	issuance_end(issuance);
}

// The row and the order stay as they are.
static void leave_for_later(struct issuance *issuance, const char *detail)
{
	issuance->problem = (struct acme_problem){.type = ACME_SERVER_INTERNAL, .detail = detail, .retry_after = 5};
	registrar_take_up_soon(issuance->registrar);
	issuance_end(issuance);
}

void issuance_fail(struct issuance *issuance, enum acme_problem_type type, const char *detail)
{
	issuance->problem = (struct acme_problem){.type = type, .detail = detail, .retry_after = type == ACME_SERVER_INTERNAL ? 5 : 0};
	log_info("request=%.*s order=%lld is not issued problem=%s detail=\"%s\"", VIEW_FMT(issuance->request_id), (long long)issuance->order, acme_problem_name(type), detail);
	bool is_recorded = issuance->order && !(issuance->still_ready && may_try_again(issuance));
	int error = is_recorded ? store_submit(issuance->registrar->store, record_failure, failure_recorded, issuance) : XICA_OK;
	if (error || !is_recorded)
		failure_recorded(error, issuance);
}

// --- asking the signer

static void ask_signer(struct issuance *issuance, struct buf *message)
{
	struct ipc_channel *signer = issuance->registrar->signer;
	if (signer && ipc_channel_send(signer, message)) // without a signer it is asked when there is one again
		log_error("order=%lld the signer could not be asked", (long long)issuance->order);
}

static void add_request_id(const struct issuance *issuance, struct buf *message)
{
	if (issuance->request_id.len)
		ipc_message_add(message, IPC_REQUEST_ID, issuance->request_id);
}

void issuance_prepare(struct issuance *issuance)
{
	cleanup_buf message = BUF_INIT;
	role_crash_point(issuance->registrar->role, "before-prepare");
	issuance->step = ISSUE_PREPARING;
	issuance->question_id = ++issuance->registrar->last_id;
	ipc_message_begin(&message, IPC_PREPARE, issuance->question_id);
	ipc_message_add(&message, IPC_PROFILE, issuance->profile);
	ipc_message_add(&message, IPC_CSR, issuance->csr);
	ipc_message_add(&message, IPC_JWS, issuance->jws);
	ipc_message_add(&message, IPC_JWK, issuance->jwk);
	add_request_id(issuance, &message);
	for (size_t i = 0; i < issuance->receipt_count; i++)
		ipc_message_add(&message, IPC_RECEIPT, issuance->receipts[i]);
	for (size_t i = 0; i < issuance->key_change_count; i++)
		ipc_message_add(&message, IPC_KEY_CHANGE, issuance->key_changes[i]);
	if (issuance->not_before)
		ipc_message_add_u64(&message, IPC_NOT_BEFORE, (uint64_t)issuance->not_before);
	if (issuance->not_after)
		ipc_message_add_u64(&message, IPC_NOT_AFTER, (uint64_t)issuance->not_after);
	ask_signer(issuance, &message);
}

static void issuance_issue(struct issuance *issuance)
{
	cleanup_buf message = BUF_INIT;
	issuance->step = ISSUE_ISSUING;
	issuance->question_id = ++issuance->registrar->last_id;
	ipc_message_begin(&message, IPC_ISSUE, issuance->question_id);
	ipc_message_add(&message, IPC_TOKEN, issuance->token);
	add_request_id(issuance, &message);
	ask_signer(issuance, &message);
}

void issuance_recover(struct issuance *issuance)
{
	cleanup_buf message = BUF_INIT;
	issuance->step = ISSUE_RECOVERING;
	issuance->question_id = ++issuance->registrar->last_id;
	ipc_message_begin(&message, IPC_RECOVER, issuance->question_id);
	ipc_message_add(&message, IPC_SERIAL, issuance->serial);
	add_request_id(issuance, &message);
	ask_signer(issuance, &message);
}

// What was prepared is not wanted any more: whoever asks whether it was signed has the signer forget it. The answer is nobody's.
static void forget_prepared(const struct issuance *issuance)
{
	struct ipc_channel *signer = issuance->registrar->signer;
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_RECOVER, ++issuance->registrar->last_id);
	ipc_message_add(&message, IPC_SERIAL, issuance->serial);
	ipc_message_add_u64(&message, IPC_TIME, (uint64_t)clock_now());
	add_request_id(issuance, &message);
	if (signer && ipc_channel_send(signer, &message))
		log_error("order=%lld the signer could not be told to forget a certificate", (long long)issuance->order);
}

void registrar_issues_resend(struct registrar *registrar)
{
	for (struct issuance *issuance = registrar->issuances; issuance; issuance = issuance->next) {
		if (issuance->step == ISSUE_PREPARING)
			issuance_prepare(issuance);
		else if (issuance->step == ISSUE_ISSUING || issuance->step == ISSUE_RECOVERING)
			issuance_recover(issuance);
	}
}

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
	int error = issuance->still_ready ? store_order_process(txn, issuance->order, issuance->csr, issuance->jws) : XICA_OK;
	if (error || (error = pki_csr_parse(issuance->csr, &issuance->arena, &csr, &why)) || (error = crypto_sha256(csr.spki, row.spki_sha256)) || (error = name_texts(issuance, &row.names, &row.name_count)))
		return error;
	return store_certificate_insert(txn, &row);
}

static void serial_recorded(int error, void *context)
{
	struct issuance *issuance = context;
	if (error)
		forget_prepared(issuance);
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
		leave_for_later(issuance, "the certificate could not be recorded; look at the order again");
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
		leave_for_later(issuance, "the certificate could not be issued; look at the order again");
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
		leave_for_later(issuance, "the certificate could not be signed; look at the order again");
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
		leave_for_later(issuance, "it can't be said yet whether the certificate was signed; look at the order again");
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

// --- beginnings

int registrar_issue(struct registrar *registrar, int64_t order)
{
	struct issuance *issuance = issuance_new(registrar, NULL, NULL);
	if (!issuance)
		return XICA_ENOMEM;
	issuance->order = order;
	int error = issuance_load(issuance);
	if (error)
		issuance_free(issuance);
	return error;
}

void issuance_begin(struct issuance *issuance, struct view request_id, issuance_show *show, issuance_done *done, void *context)
{
	join_others(issuance, done, context);
	issuance->show = show;
	issuance->request_id = arena_copy(&issuance->arena, request_id);
	issuance_loaded(issuance);
}
