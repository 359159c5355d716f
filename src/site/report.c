#include "site/report.h"

#include "base/hex.h"
#include "crypto/key.h"
#include "pki/certificate.h"
#include "pki/reason.h"
#include "site/json.h"
#include "site/site.h"
#include "store/authz.h"
#include "store/event.h"
#include "store/operator_note.h"
#include "store/receipt.h"
#include "store/statistic.h"

// --- statistics

static int count(struct store_txn *txn, const struct site_report *report, const char *kind, struct view what)
{
	const char *word = arena_printf(report->arena, "%s%.*s", kind, VIEW_FMT(what));
	return word ? store_statistic_add(txn, report->now / XICA_DAY, view_str(word), 1) : XICA_ENOMEM;
}

static int count_key(struct store_txn *txn, const struct site_report *report, const struct store_certificate *certificate)
{
	struct pki_certificate read;
	cleanup_buf text = BUF_INIT;
	const char *why;
	if (pki_certificate_parse(certificate->der, &read, &why))
		buf_add_str(&text, "other");
	else
		crypto_spki_add_text(read.spki, &text);
	int error = buf_error(&text);
	return error ? error : count(txn, report, "key:", buf_view(&text));
}

// How its names were proven, each way once.
static int count_methods(struct store_txn *txn, const struct site_report *report, const struct store_certificate *certificate)
{
	struct store_authz *authzs = NULL;
	struct store_receipt receipt;
	unsigned seen = 0;
	size_t authz_count = 0;
	if (!certificate->order)
		return count(txn, report, "method:", view_str(receipt_method_text(RECEIPT_OPERATOR)));
	int error = store_authz_of_order(txn, certificate->order, report->arena, &authzs, &authz_count);
	for (size_t i = 0; !error && i < authz_count; i++) {
		error = store_receipt_get(txn, authzs[i].id, RECEIPT_CONTROL, report->arena, &receipt);
		if (error == XICA_ENOTFOUND) {
			error = XICA_OK;
		} else if (!error && !(seen & 1U << receipt.method)) {
			seen |= 1U << receipt.method;
			error = count(txn, report, "method:", view_str(receipt_method_text(receipt.method)));
		}
	}
	return error;
}

static int count_domains(struct store_txn *txn, const struct site_report *report, const struct store_certificate *certificate)
{
	int error = XICA_OK;
	bool first = false;
	for (size_t i = 0; !error && i < certificate->name_count; i++) {
		struct view name = certificate->names[i];
		if (site_report_beside_its_domain(certificate, name))
			continue;
		error = store_certificate_is_first(txn, certificate, name, &first);
		if (!error && first)
			error = count(txn, report, "domain", VIEW_LIT(""));
	}
	return error;
}

static int count_issued(struct store_txn *txn, const struct site_report *report, const struct store_certificate *certificate)
{
	bool renews = false;
	int error = count(txn, report, "issued", VIEW_LIT(""));
	if (error || (error = count(txn, report, "profile:", certificate->profile)) || (error = count_key(txn, report, certificate)) ||
	    (error = count_methods(txn, report, certificate)) || (error = count_domains(txn, report, certificate)) ||
	    (error = store_certificate_renews(txn, certificate, &renews)))
		return error;
	return renews ? count(txn, report, "renewed", VIEW_LIT("")) : XICA_OK;
}

// --- history

// Takes the reference of detail.
static int remember(struct store_txn *txn, const struct site_report *report, int64_t person, const char *what, json_t *detail)
{
	cleanup_buf text = BUF_INIT;
	int error = site_json_write(detail, &text);
	json_decref(detail);
	if (error)
		return error;
	const struct store_event event = {.person = person, .time = report->now, .what = view_str(what), .detail = buf_view(&text), .remote = report->remote};
	return store_event_insert(txn, &event);
}

static int remember_certificate(struct store_txn *txn, const struct site_report *report, const struct store_certificate *certificate, const char *what)
{
	json_t *detail = site_report_values(report, certificate);
	(void)json_object_del(detail, "names");
	(void)json_object_del(detail, "not_after");
	(void)json_object_del(detail, "time");
	return remember(txn, report, certificate->person, what, detail);
}

// --- what happens

int site_report_issued(struct store_txn *txn, struct site_report *report, struct view serial)
{
	struct store_certificate certificate;
	int error = store_certificate_get(txn, serial, report->arena, &certificate);
	if (error || (error = count_issued(txn, report, &certificate)))
		return error;
	if (certificate.person && ((error = remember_certificate(txn, report, &certificate, "issued")) ||
				   (error = site_report_letter_about(txn, report, &certificate, STORE_NOTIFY_ISSUED, NULL, NULL))))
		return error;
	return site_report_others(txn, report, &certificate);
}

// For the audit log: a row of this unit, until the signer has written it (store/operator_note.h).
static int note_revocation(struct store_txn *txn, const struct site_report *report, const struct store_certificate *certificate)
{
	cleanup_buf text = BUF_INIT, serial = BUF_INIT, time = BUF_INIT;
	hex_encode(&serial, certificate->serial);
	clock_add_rfc3339(&time, certificate->revoked_at);
	if (!buf_cstr(&serial) || !buf_cstr(&time))
		return XICA_ENOMEM;
	json_t *note = json_pack("{s:s, s:s, s:s, s:I, s:o}", "kind", "revoke", "serial", buf_cstr(&serial), "revoked_at", buf_cstr(&time), "reason",
				 (json_int_t)certificate->reason, "issuer", site_json_text(certificate->issuer));
	if (note && report->by.len)
		(void)json_object_set_new(note, "by", site_json_text(report->by));
	int error = note ? site_json_write(note, &text) : XICA_ENOMEM;
	json_decref(note);
	return error ? error : store_operator_note_insert(txn, report->now, buf_view(&text));
}

int site_report_revoke(struct store_txn *txn, struct site_report *report, struct view serial, unsigned reason)
{
	struct store_certificate certificate;
	int error = store_certificate_revoke(txn, serial, reason, report->now);
	if (!error)
		error = store_certificate_get(txn, serial, report->arena, &certificate);
	if (!error)
		error = note_revocation(txn, report, &certificate);
	if (error || (error = count(txn, report, "revoked", VIEW_LIT(""))) || !certificate.person)
		return error;
	if ((error = remember_certificate(txn, report, &certificate, "revoked")))
		return error;
	return site_report_letter_about(txn, report, &certificate, STORE_NOTIFY_REVOKED, "reason", pki_reason_text(certificate.reason));
}

int site_report_bound(struct store_txn *txn, struct site_report *report, const struct store_eab *eab)
{
	struct store_person person;
	if (!eab->person)
		return XICA_OK;
	int error = remember(txn, report, eab->person, "key-bound", json_pack("{s:o}", "key", site_json_text(eab->name)));
	if (error || eab->browser || (error = store_person_get(txn, eab->person, report->arena, &person)))
		return error;
	json_t *values = json_pack("{s:o, s:o}", "key", site_json_text(eab->name), "remote", site_json_text(report->remote));
	return site_report_send(txn, report, &(struct site_report_letter){"key-bound", STORE_NOTIFY_KEY_BOUND, &person, values});
}
