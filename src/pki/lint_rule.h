// A rule of the linter and what it is given to look at. Each lint_<concept>.c has a table of them. Inside pki/lint alone.
#pragma once
#include "pki/lint.h"
#include "pki/lint_read.h"

struct lint {
	const struct lint_certificate *certificate;
	const struct pki_profile *profile; // NULL: none given
	bool ca;                           // judged as a CA's certificate
	struct arena *arena;
	const char *detail;                // a rule may say here which value it is about
};

enum lint_scope { // to which certificates a rule applies
	LINT_LEAF = 1 << 0,
	LINT_CA = 1 << 1,
	LINT_ALL = LINT_LEAF | LINT_CA,
	LINT_WITH_PROFILE = 1 << 2,    // only where a profile was given
	LINT_WITHOUT_PROFILE = 1 << 3, // only where none was
};

struct lint_rule {
	struct pki_lint_rule rule;
	unsigned scope;
	bool (*broken)(struct lint *lint);
};

struct lint_rules {
	const struct lint_rule *list;
	size_t count;
};

#define LINT_RULES(table) {table, sizeof(table) / sizeof((table)[0])}
#define LINT_E(id, text, section) {id, text, section, PKI_LINT_ERROR}
#define LINT_W(id, text, section) {id, text, section, PKI_LINT_WARNING}

extern const struct lint_rules lint_frame_rules, lint_key_rules, lint_validity_rules, lint_subject_rules, lint_extension_rules, lint_usage_rules,
	lint_alt_name_rules, lint_srv_name_rules, lint_url_rules, lint_ca_rules;

// The extension is there and its value could be read.
bool lint_has(const struct lint *lint, enum oid id);
bool lint_is_critical(const struct lint *lint, enum oid id); // false where it is absent
// Text from the certificate for a detail: visible ASCII, other bytes as \xNN, cut after 80 bytes. In the arena; "" without memory.
const char *lint_quote(struct lint *lint, struct view text);
// The text of an OID for a detail: its name, or dotted.
const char *lint_oid(struct lint *lint, struct view oid);
