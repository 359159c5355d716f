// CAA records (RFC 8659 §4): one property each, and the value of issue and issuewild with its parameters (§4.2, RFC 8657). Pure.
#pragma once
#include "base/error.h"
#include "base/view.h"

struct dns_caa {
	bool critical;     // who doesn't understand the tag must not issue
	struct view tag;   // compares without case
	struct view value;
};

// Views point into rdata. XICA_EPARSE: malformed; whoever reads must not issue.
XICA_MUST_CHECK int dns_caa_read(struct view rdata, struct dns_caa *ret_caa);

struct dns_caa_issue {
	struct view domain;       // empty: nobody may issue by this property
	bool has_account_uri, has_methods;
	struct view account_uri;  // RFC 8657 §3
	struct view methods;      // RFC 8657 §4: names with commas between them
	bool contradictory;       // one of these two stands there twice: nobody satisfies it
};

// XICA_EPARSE: outside the grammar, to be treated as an empty domain (RFC 8659 §4.2). Other parameters are checked and passed over.
XICA_MUST_CHECK int dns_caa_issue_read(struct view value, struct dns_caa_issue *ret_issue);
// Does the list of validationmethods hold this one?
bool dns_caa_methods_have(struct view methods, struct view method);
