// What happens with certificates and keys is reported in the unit in which it happens: counted for the statistics, put into the history of the person whose it is,
// and told by letter (store/mail.h) to those who want to know. The registrar calls these for what ACME and the operator do, the site's routes for what people do.
#pragma once
#include <jansson.h>

#include "config/config.h"
#include "store/certificate.h"
#include "store/eab.h"
#include "store/notice.h"
#include "store/person.h"

struct site_report {
	const struct config *config;
	struct arena *arena;
	xica_time now;
	struct view by;      // who does it, as the audit log says it of a revocation: "account 7"; empty: it does not say
	struct view remote;  // the client's address as text; empty: nobody asked just now
	bool mail_waits;     // out: a letter went into the queue; whoever sends them is to be told after the commit
};

// A certificate has become issued (store_certificate_issued was called in this unit). Also tells other people whom it concerns.
XICA_MUST_CHECK int site_report_issued(struct store_txn *txn, struct site_report *report, struct view serial);
// Revokes it (store_certificate_revoke), notes it for the audit log, and reports that: the one way for ACME, the site and the operator. XICA_ECONFLICT: it isn't an issued one.
XICA_MUST_CHECK int site_report_revoke(struct store_txn *txn, struct site_report *report, struct view serial, unsigned reason);
// An ACME account was opened with this external account key. No letter where it is the site's own page that did.
XICA_MUST_CHECK int site_report_bound(struct store_txn *txn, struct site_report *report, const struct store_eab *eab);

// --- report_others.c
// Letters to the people behind other accounts that hold one of an issued certificate's names, or answer for the names below a domain above it.
XICA_MUST_CHECK int site_report_others(struct store_txn *txn, struct site_report *report, const struct store_certificate *certificate);
// Is it a service's name, where the domain itself is among the certificate's names too?
bool site_report_beside_its_domain(const struct store_certificate *certificate, struct view name);

// --- report_expiry.c
enum { SITE_EXPIRY_PORTION = 100 };

// Letters for certificates that end within 20, 7 or 1 days; a notice that is as long as a third of a certificate's life is left out. None for one that was renewed by
// whomever. *ret_more: there are more than a portion of them; call again soon.
XICA_MUST_CHECK int site_report_expiry(struct store_txn *txn, struct site_report *report, bool *ret_more);
// How many certificates are valid now, for the statistics of this day.
XICA_MUST_CHECK int site_report_active(struct store_txn *txn, xica_time now);

// --- report_letter.c: one letter, its values collected
enum { SITE_REPORT_ALWAYS = 0 };

struct site_report_letter {
	const char *name;              // in the catalogue
	unsigned notify;               // of enum store_notify; SITE_REPORT_ALWAYS: it can't be switched off
	const struct store_person *person;
	json_t *values;                // an object; taken
};

json_t *site_report_values(const struct site_report *report, const struct store_certificate *certificate); // NULL: no memory
XICA_MUST_CHECK int site_report_send(struct store_txn *txn, struct site_report *report, const struct site_report_letter *letter);
// To the person whose certificate it is; the letter has its notice's name, and one value more (NULL: none).
XICA_MUST_CHECK int site_report_letter_about(struct store_txn *txn, struct site_report *report, const struct store_certificate *certificate,
				      enum store_notify notify, const char *value_name, const char *value);
// The name that a person gave to the key with which this account was opened; empty: none.
XICA_MUST_CHECK int site_report_key_name(struct store_txn *txn, int64_t account, struct arena *arena, struct view *ret_name);
// "expires" and so on, as notices are called outside. XICA_ENOTFOUND: none of ours.
const char *site_notice_text(unsigned notify);
XICA_MUST_CHECK int site_notice_parse(struct view text, enum store_notify *ret_notify);
