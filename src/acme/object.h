// ACME's objects as clients see them (RFC 8555 §7.1): from plain values to JSON text. Times are RFC 3339 with Z, and a valid
// authorization still lists the challenge by which it was proven: there are clients that read it again.
#pragma once
#include "acme/status.h"
#include "base/buf.h"
#include "base/clock.h"
#include "pki/names.h"

struct acme_account_view {
	enum acme_status status;
	struct view contacts;   // JSON text
	bool terms_agreed;
	const char *orders_url;
};

struct acme_order_view {
	enum acme_status status;
	xica_time expires, not_before, not_after; // 0: absent
	const struct pki_identifier *identifiers;
	size_t identifier_count;
	const char *const *authorization_urls;
	size_t authorization_count;
	const char *finalize_url;
	const char *certificate_url; // NULL: none yet
	const char *profile;
	const char *replaces;   // NULL: nothing (acme/cert_id.h)
	struct view error;      // JSON text of a problem; empty: none
};

struct acme_challenge_view {
	const char *type;
	const char *url;
	enum acme_status status;
	struct view token;      // empty: none
	xica_time validated;    // 0: absent
	struct view error;      // JSON text of a problem; empty: none
	const char *const *issuer_names; // dns-persist-01: by which this CA may be named
	size_t issuer_name_count;
	const char *const *addresses; // email-01: where a letter may go
	size_t address_count;
	const char *sent_to;    // email-01: the letter whose code is valid now; NULL: there is none
	xica_time sent_expires;
	unsigned tries_left;    // where sent_to
};

struct acme_authz_view {
	enum acme_status status;
	xica_time expires;      // 0: absent
	const struct pki_identifier *identifier;
	const struct acme_challenge_view *challenges;
	size_t challenge_count;
	bool subdomains;        // and the names below it (RFC 9444)
};

struct acme_renewal_view { // RFC 9773 §4.2
	xica_time start, end;   // of the suggested window
	const char *explanation_url; // NULL: none
};

// Each appends the JSON text. XICA_ENOMEM.
XICA_MUST_CHECK int acme_account_write(const struct acme_account_view *account, struct buf *out);
XICA_MUST_CHECK int acme_order_write(const struct acme_order_view *order, struct buf *out);
XICA_MUST_CHECK int acme_challenge_write(const struct acme_challenge_view *challenge, struct buf *out);
XICA_MUST_CHECK int acme_authz_write(const struct acme_authz_view *authz, struct buf *out);
XICA_MUST_CHECK int acme_renewal_write(const struct acme_renewal_view *renewal, struct buf *out);
XICA_MUST_CHECK int acme_orders_write(const char *const *urls, size_t count, struct buf *out);
