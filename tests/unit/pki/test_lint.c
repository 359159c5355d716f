// The linter against tests/vectors/lint: each certificate there must give exactly the rules that the manifest names.
#include <dirent.h>
#include <stdio.h>

#include "base/file.h"
#include "check.h"
#include "config/builtin.h"
#include "pki/lint.h"
#include "pki/der.h"
#include "pki/pem.h"

#define FOLDER TEST_VECTORS "/lint/"

struct row { // of the manifest
	struct view file, judged, rules, section;
};

static struct view take_until(struct view *rest, uint8_t end)
{
	size_t at = view_index(*rest, end, 0);
	struct view part = view_sub(*rest, 0, at);
	*rest = at == SIZE_MAX ? VIEW_NONE : view_sub(*rest, at + 1, SIZE_MAX);
	return part;
}

static bool next_row(struct view *manifest, struct row *ret_row)
{
	while (manifest->len) {
		struct view line = take_until(manifest, '\n');
		if (!line.len || line.ptr[0] == '#')
			continue;
		ret_row->file = take_until(&line, '\t');
		ret_row->judged = take_until(&line, '\t');
		ret_row->rules = take_until(&line, '\t');
		ret_row->section = take_until(&line, '\t');
		assert_true(ret_row->section.len > 0);
		return true;
	}
	return false;
}

static void read_manifest(struct buf *out)
{
	assert_int_equal(file_read(FOLDER "manifest.tsv", 1 << 20, out), 0);
}

static void read_certificate(struct view file, struct buf *der_out)
{
	cleanup_buf text = BUF_INIT;
	char path[512];
	(void)snprintf(path, sizeof(path), FOLDER "%.*s", VIEW_FMT(file));
	assert_int_equal(file_read(path, 1 << 20, &text), 0);
	struct view cursor = buf_view(&text);
	assert_int_equal(pem_read(&cursor, PEM_CERTIFICATE, der_out), 0);
}

static struct pki_findings judge(struct view der, struct view judged, struct arena *arena)
{
	struct pki_findings findings;
	enum pki_lint_kind kind = view_equal_str(judged, "ca") ? PKI_LINT_CA : PKI_LINT_END_ENTITY;
	const struct pki_profile *profile = NULL;
	if (kind == PKI_LINT_END_ENTITY && !view_equal_str(judged, "server")) {
		char *name = arena_strdup(arena, judged);
		assert_non_null(name);
		profile = config_builtin_profile(name);
		assert_string_equal(profile->name, name);
	}
	assert_int_equal(pki_lint(der, false, kind, profile, arena, &findings), 0);
	return findings;
}

static bool named(struct view rules, const char *id)
{
	while (rules.len)
		if (view_equal_str(take_until(&rules, ','), id))
			return true;
	return false;
}

static size_t count_of(struct view rules)
{
	size_t count = 0;
	while (rules.len)
		count += take_until(&rules, ',').len != 0;
	return count;
}

static bool contains(const char *text, struct view part)
{
	for (struct view rest = view_str(text); rest.len >= part.len; rest = view_sub(rest, 1, SIZE_MAX))
		if (view_starts(rest, part))
			return true;
	return false;
}

static void check_row(const struct row *row)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf der = BUF_INIT;
	read_certificate(row->file, &der);
	struct pki_findings findings = judge(buf_view(&der), row->judged, &arena);
	struct view rules = view_equal_str(row->rules, "-") ? VIEW_NONE : row->rules;
	for (size_t i = 0; i < findings.count; i++)
		if (!named(rules, findings.list[i].rule->id))
			fail_msg("%.*s breaks %s, which the manifest does not say", VIEW_FMT(row->file), findings.list[i].rule->id);
	if (findings.count != count_of(rules))
		fail_msg("%.*s does not break all of %.*s", VIEW_FMT(row->file), VIEW_FMT(rules));
	bool section = !findings.count;
	for (size_t i = 0; i < findings.count; i++)
		section |= contains(findings.list[i].rule->section, row->section);
	if (!section)
		fail_msg("%.*s: no rule that it breaks stands in %.*s", VIEW_FMT(row->file), VIEW_FMT(row->section));
}

static void each_certificate_breaks_exactly_the_rules_of_the_manifest(void **state)
{
	(void)state;
	cleanup_buf manifest = BUF_INIT;
	struct row row;
	size_t broken = 0, good = 0;
	read_manifest(&manifest);
	for (struct view rest = buf_view(&manifest); next_row(&rest, &row);) {
		check_row(&row);
		*(view_equal_str(row.rules, "-") ? &good : &broken) += 1;
	}
	assert_true(broken >= 30);
	assert_true(good >= 5);
}

static void every_certificate_of_the_folder_stands_in_the_manifest(void **state)
{
	(void)state;
	cleanup_buf manifest = BUF_INIT;
	struct row row;
	size_t rows = 0, files = 0;
	read_manifest(&manifest);
	for (struct view rest = buf_view(&manifest); next_row(&rest, &row);)
		rows++;
	DIR *dir = opendir(FOLDER);
	assert_non_null(dir);
	for (const struct dirent *entry; (entry = readdir(dir));)
		files += view_ends(view_str(entry->d_name), VIEW_LIT(".pem"));
	(void)closedir(dir);
	assert_int_equal(rows, files);
}

static void every_rule_is_broken_by_a_certificate(void **state)
{
	(void)state;
	cleanup_buf manifest = BUF_INIT;
	read_manifest(&manifest);
	for (size_t i = 0; i < pki_lint_rule_count(); i++) {
		struct row row;
		bool found = false;
		const char *id = pki_lint_rule_at(i)->id;
		for (struct view rest = buf_view(&manifest); !found && next_row(&rest, &row);)
			found = named(row.rules, id);
		if (!found)
			fail_msg("no certificate breaks %s", id);
	}
}

static void every_rule_has_an_id_of_its_own_a_text_and_a_section(void **state)
{
	(void)state;
	for (size_t i = 0; i < pki_lint_rule_count(); i++) {
		const struct pki_lint_rule *rule = pki_lint_rule_at(i);
		assert_true(strlen(rule->text) > 10);
		assert_true(strstr(rule->section, "RFC ") || strstr(rule->section, "CA/Browser Forum BR §"));
		for (size_t n = 0; n < i; n++)
			assert_string_not_equal(pki_lint_rule_at(n)->id, rule->id);
	}
	assert_null(pki_lint_rule_at(pki_lint_rule_count()));
}

static void errors_are_counted_apart_from_warnings(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf warned = BUF_INIT, refused = BUF_INIT;
	read_certificate(VIEW_LIT("eku-server-only.pem"), &warned);
	struct pki_findings findings = judge(buf_view(&warned), VIEW_LIT("server"), &arena);
	assert_int_equal(findings.count, 1);
	assert_int_equal(findings.errors, 0);
	read_certificate(VIEW_LIT("eku-any.pem"), &refused);
	findings = judge(buf_view(&refused), VIEW_LIT("server"), &arena);
	assert_int_equal(findings.count, 1);
	assert_int_equal(findings.errors, 1);
}

static void a_tbs_certificate_alone_is_judged_alike(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf good = BUF_INIT, bad = BUF_INIT;
	struct view content, tbs;
	struct pki_findings findings;
	read_certificate(VIEW_LIT("good-server-profile.pem"), &good);
	assert_int_equal(der_read_only(buf_view(&good), DER_SEQUENCE, &content), 0);
	assert_int_equal(der_read_whole(&content, DER_SEQUENCE, &tbs), 0);
	assert_int_equal(pki_lint(tbs, true, PKI_LINT_END_ENTITY, config_builtin_profile("xmpp-server"), &arena, &findings), 0);
	assert_int_equal(findings.count, 0);
	assert_int_equal(pki_lint(buf_view(&good), true, PKI_LINT_END_ENTITY, NULL, &arena, &findings), 0);
	assert_string_equal(findings.list[0].rule->id, "der");
	read_certificate(VIEW_LIT("srv-protocol.pem"), &bad);
	assert_int_equal(der_read_only(buf_view(&bad), DER_SEQUENCE, &content), 0);
	assert_int_equal(der_read_whole(&content, DER_SEQUENCE, &tbs), 0);
	assert_int_equal(pki_lint(tbs, true, PKI_LINT_END_ENTITY, NULL, &arena, &findings), 0);
	assert_string_equal(findings.list[0].rule->id, "san-srv-protocol");
	assert_string_equal(findings.list[0].detail, "_xmpp-server._tcp.example.org");
}

static void a_profile_with_xmpp_addr_allows_one(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf der = BUF_INIT;
	struct pki_findings findings;
	struct pki_profile profile = *config_builtin_profile("xmpp-server");
	profile.xmpp_addrs = true;
	read_certificate(VIEW_LIT("xmpp-domain.pem"), &der);
	assert_int_equal(pki_lint(buf_view(&der), false, PKI_LINT_END_ENTITY, &profile, &arena, &findings), 0);
	assert_int_equal(findings.count, 0);
}

static void a_ca_is_recognised_where_nothing_says_what_it_is(void **state)
{
	(void)state;
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf ca = BUF_INIT, server = BUF_INIT;
	struct pki_findings findings;
	read_certificate(VIEW_LIT("good-intermediate.pem"), &ca);
	assert_int_equal(pki_lint(buf_view(&ca), false, PKI_LINT_GUESS, NULL, &arena, &findings), 0);
	assert_int_equal(findings.count, 0);
	read_certificate(VIEW_LIT("basic-ca.pem"), &server);
	assert_int_equal(pki_lint(buf_view(&server), false, PKI_LINT_GUESS, NULL, &arena, &findings), 0);
	assert_int_equal(findings.count, 1);
	assert_string_equal(findings.list[0].rule->id, "basic-constraints-ca");
}

static void bytes_cut_short_anywhere_are_no_certificate(void **state)
{
	(void)state;
	cleanup_buf der = BUF_INIT;
	read_certificate(VIEW_LIT("good-server.pem"), &der);
	for (size_t len = 0; len < der.len; len++) {
		cleanup_arena arena = ARENA_INIT;
		struct pki_findings findings = judge(view_bytes(der.ptr, len), VIEW_LIT("server"), &arena);
		assert_int_equal(findings.count, 1);
		assert_string_equal(findings.list[0].rule->id, "der");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_certificate_breaks_exactly_the_rules_of_the_manifest),
		cmocka_unit_test(every_certificate_of_the_folder_stands_in_the_manifest),
		cmocka_unit_test(every_rule_is_broken_by_a_certificate),
		cmocka_unit_test(every_rule_has_an_id_of_its_own_a_text_and_a_section),
		cmocka_unit_test(errors_are_counted_apart_from_warnings),
		cmocka_unit_test(a_tbs_certificate_alone_is_judged_alike),
		cmocka_unit_test(a_profile_with_xmpp_addr_allows_one),
		cmocka_unit_test(a_ca_is_recognised_where_nothing_says_what_it_is),
		cmocka_unit_test(bytes_cut_short_anywhere_are_no_certificate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
