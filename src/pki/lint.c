#include "pki/lint_rule.h"

static const struct pki_lint_rule NOT_READABLE =
	LINT_E("der", "this is no certificate in DER", "RFC 5280 §4.1");

static const struct lint_rules *const GROUPS[] = {&lint_frame_rules, &lint_key_rules, &lint_validity_rules, &lint_subject_rules,
	&lint_extension_rules, &lint_usage_rules, &lint_alt_name_rules, &lint_srv_name_rules, &lint_url_rules, &lint_ca_rules};

enum { GROUP_COUNT = sizeof(GROUPS) / sizeof(GROUPS[0]) };

size_t pki_lint_rule_count(void)
{
	size_t count = 1;
	for (size_t i = 0; i < GROUP_COUNT; i++)
		count += GROUPS[i]->count;
	return count;
}

const struct pki_lint_rule *pki_lint_rule_at(size_t index)
{
	if (index-- == 0)
		return &NOT_READABLE;
	for (size_t i = 0; i < GROUP_COUNT; index -= GROUPS[i++]->count)
		if (index < GROUPS[i]->count)
			return &GROUPS[i]->list[index].rule;
	return NULL;
}

bool lint_has(const struct lint *lint, enum oid id)
{
	const struct lint_extension *extension = lint_find(lint->certificate, id);
	return extension && !extension->malformed;
}

bool lint_is_critical(const struct lint *lint, enum oid id)
{
	const struct lint_extension *extension = lint_find(lint->certificate, id);
	return extension && extension->critical;
}

const char *lint_quote(struct lint *lint, struct view text)
{
	enum { QUOTE_MAX = 80 };
	cleanup_buf out = BUF_INIT;
	for (size_t i = 0; i < text.len && i < QUOTE_MAX; i++)
		if (text.ptr[i] > 0x20 && text.ptr[i] < 0x7f && text.ptr[i] != '\\')
			buf_add_byte(&out, text.ptr[i]);
		else
			buf_addf(&out, "\\x%02x", text.ptr[i]);
	const char *copy = arena_strdup(lint->arena, buf_view(&out));
	return copy ? copy : "";
}

const char *lint_oid(struct lint *lint, struct view oid)
{
	cleanup_buf out = BUF_INIT;
	enum oid known = oid_find(oid);
	if (known != OID_UNKNOWN)
		return oid_name(known);
	const char *copy = der_oid_text(oid, &out) ? NULL : arena_strdup(lint->arena, buf_view(&out));
	return copy ? copy : "an unknown OID";
}

static bool applies(const struct lint_rule *rule, const struct lint *lint)
{
	if (!(rule->scope & (unsigned)(lint->ca ? LINT_CA : LINT_LEAF)))
		return false;
	if (rule->scope & LINT_WITH_PROFILE && !lint->profile)
		return false;
	return !(rule->scope & LINT_WITHOUT_PROFILE && lint->profile);
}

static void add(struct pki_findings *findings, const struct pki_lint_rule *rule, const char *detail)
{
	findings->list[findings->count++] = (struct pki_finding){rule, detail};
	if (rule->severity == PKI_LINT_ERROR)
		findings->errors++;
}

static void judge(struct lint *lint, struct pki_findings *findings)
{
	for (size_t i = 0; i < GROUP_COUNT; i++)
		for (size_t n = 0; n < GROUPS[i]->count; n++) {
			const struct lint_rule *rule = &GROUPS[i]->list[n];
			lint->detail = NULL;
			if (applies(rule, lint) && rule->broken(lint))
				add(findings, &rule->rule, lint->detail);
		}
}

static bool looks_like_a_ca(const struct lint_certificate *certificate)
{
	return certificate->ca && certificate->key_usage & LINT_KEY_CERT_SIGN && !lint_find(certificate, OID_SUBJECT_ALT_NAME);
}

int pki_lint(struct view der, bool is_tbs, enum pki_lint_kind kind, const struct pki_profile *profile, struct arena *arena,
	     struct pki_findings *ret_findings)
{
	struct lint_certificate certificate;
	const char *where;
	struct pki_findings findings = {arena_array(arena, pki_lint_rule_count(), sizeof(*findings.list)), 0, 0};
	if (!findings.list)
		return XICA_ENOMEM;
	int error = lint_read_certificate(der, is_tbs, arena, &certificate, &where);
	if (error == XICA_ENOMEM)
		return error;
	if (error) {
		add(&findings, &NOT_READABLE, where);
	} else {
		bool ca = kind == PKI_LINT_CA || (kind == PKI_LINT_GUESS && looks_like_a_ca(&certificate));
		struct lint lint = {&certificate, profile, ca, arena, NULL};
		judge(&lint, &findings);
	}
	*ret_findings = findings;
	return XICA_OK;
}
