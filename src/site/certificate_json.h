// Certificates as answers show them, to those whose they are and to everybody.
#pragma once
#include "site/site.h"
#include "store/certificate.h"

enum { SITE_CERTIFICATES_PAGE = 50 };

// {"serial", "names", "domain", "profile", "not_before", "not_after", "status"}, of an issued or revoked one. NULL: no memory.
json_t *site_certificate_json(const struct store_certificate *certificate);
// More of one: "pem", "key_type", "fingerprint", "issuer". XICA_ENOMEM, XICA_EPARSE.
XICA_MUST_CHECK int site_certificate_describe(const struct store_certificate *certificate, json_t *is);
bool site_certificate_is_shown(const struct store_certificate *certificate); // issued or revoked: others are nobody's business
// The serial number that a path or a query names; in the request's arena. XICA_ENOTFOUND: that is none.
XICA_MUST_CHECK int site_serial(struct site_request *request, struct view text, struct view *ret_serial);
// The one that the path names, whosever. XICA_ENOTFOUND.
XICA_MUST_CHECK int site_certificate_of_path(struct store_txn *txn, struct site_request *request, struct store_certificate *ret_certificate);
