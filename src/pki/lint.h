// The linter: reads a certificate with its own eyes and names each rule that it breaks, with the section where the rule stands.
// It shares nothing with the builder but the DER reader: what it refuses is not signed, and `xica lint` says it of anybody's certificate. Pure.
#pragma once
#include "pki/profile.h"

enum pki_lint_severity {
	PKI_LINT_ERROR,   // a rule is broken
	PKI_LINT_WARNING, // allowed, and yet deployed software stumbles over it
};

enum pki_lint_kind {
	PKI_LINT_END_ENTITY, // of an XMPP server (RFC 6120 §13.7.1)
	PKI_LINT_CA,         // root or intermediate
	PKI_LINT_GUESS,      // a CA's where cA and keyCertSign are set and there is no subjectAltName
};

struct pki_lint_rule {
	const char *id;      // "san-srv-protocol"; stays the same for good: scripts and tests know it
	const char *text;    // what is wrong, as a clause
	const char *section; // "RFC 4985 §2"
	enum pki_lint_severity severity;
};

struct pki_finding {
	const struct pki_lint_rule *rule; // static
	const char *detail;               // which value, in arena; NULL: the rule says it all
};

struct pki_findings {
	struct pki_finding *list; // in arena
	size_t count;             // of errors and warnings: nothing may be signed unless this is 0
	size_t errors;
};

// der is a whole Certificate or (is_tbs) a TBSCertificate, and nothing behind it. profile: what the certificate must be besides
// (usages, validity, kinds of names, status URLs, policy); NULL: any. Bytes that are no certificate are a finding too ("der").
// 0 with the findings, or XICA_ENOMEM.
XICA_MUST_CHECK int pki_lint(struct view der, bool is_tbs, enum pki_lint_kind kind, const struct pki_profile *profile,
			     struct arena *arena, struct pki_findings *ret_findings);

// All rules, for documentation and tests.
size_t pki_lint_rule_count(void);
const struct pki_lint_rule *pki_lint_rule_at(size_t index);
