// The issue-value of RFC 8659 §4.2: "issuer; tag=value; tag=value". CAA records have it, and the TXT records of dns-persist-01. Pure.
#pragma once
#include "base/error.h"
#include "base/view.h"

struct dns_issue_value {
	struct view issuer;     // as it is written; empty: nobody
	struct view parameters; // for dns_issue_parameter_next; all of them are well-formed
};

struct dns_issue_parameter {
	struct view tag;        // compares without case
	struct view value;
};

// Views point into text. XICA_EPARSE: outside the grammar.
XICA_MUST_CHECK int dns_issue_value_read(struct view text, struct dns_issue_value *ret_value);
// Takes the next one off *rest, which begins as the value's parameters. False: there are no more.
bool dns_issue_parameter_next(struct view *rest, struct dns_issue_parameter *ret_parameter);
