// xica ca show: what stands in a CA's folder, for people and (--json) for programs.
#include <jansson.h>
#include <stdio.h>

#include "base/hex.h"
#include "cli/ca.h"
#include "config/ca_index.h"
#include "crypto/digest.h"
#include "pki/certificate.h"

static void add_fingerprint(struct buf *out, struct view der)
{
	uint8_t digest[CRYPTO_SHA256_LEN];
	if (crypto_sha256(der, digest))
		return;
	for (size_t i = 0; i < sizeof(digest); i++)
		buf_addf(out, "%s%02X", i ? ":" : "", digest[i]);
}

static const char *key_text(const struct pki_certificate *certificate, struct buf *out)
{
	struct crypto_key *key = NULL;
	if (crypto_key_from_spki(certificate->spki, &key))
		return "unknown";
	crypto_key_add_text(key, out);
	crypto_key_free(key);
	return buf_cstr(out);
}

static void set_text(json_t *object, const char *name, struct buf *text)
{
	(void)json_object_set_new(object, name, json_string(buf_cstr(text)));
}

// What is said of any certificate.
static json_t *describe(struct view der)
{
	struct pki_certificate certificate;
	cleanup_buf subject = BUF_INIT, issuer = BUF_INIT, fingerprint = BUF_INIT, serial = BUF_INIT, from = BUF_INIT, to = BUF_INIT, key = BUF_INIT;
	const char *why;
	json_t *is = json_object();
	if (pki_certificate_parse(der, &certificate, &why))
		return is;
	pki_name_add_text(&subject, certificate.subject);
	pki_name_add_text(&issuer, certificate.issuer);
	add_fingerprint(&fingerprint, der);
	hex_encode(&serial, certificate.serial);
	clock_add_rfc3339(&from, certificate.not_before);
	clock_add_rfc3339(&to, certificate.not_after);
	(void)key_text(&certificate, &key);
	set_text(is, "subject", &subject);
	set_text(is, "issuer", &issuer);
	set_text(is, "serial", &serial);
	set_text(is, "not_before", &from);
	set_text(is, "not_after", &to);
	set_text(is, "key", &key);
	set_text(is, "sha256", &fingerprint);
	return is;
}

// By some root, on its own list.
static bool is_revoked(const struct ca_issuer *issuer, const json_t *index)
{
	struct pki_certificate certificate;
	cleanup_buf serial = BUF_INIT;
	const json_t *root, *entry;
	const char *why;
	size_t i, n;
	if (pki_certificate_parse(issuer->certificate, &certificate, &why))
		return false;
	hex_encode(&serial, certificate.serial);
	json_array_foreach(json_object_get(index, "roots"), i, root)
		json_array_foreach(json_object_get(root, "revoked"), n, entry)
			if (view_equal(buf_view(&serial), view_str(json_string_value(json_object_get(entry, "serial")))))
				return true;
	return false;
}

static const char *state_of(const struct ca_issuer *issuer, bool issues, const json_t *index)
{
	if (is_revoked(issuer, index))
		return "revoked";
	if (issuer->not_after < clock_now())
		return "expired";
	return issues ? "issues" : "status only";
}

static json_t *describe_issuer(const struct ca_issuer *issuer, bool issues, const json_t *index)
{
	json_t *is = describe(issuer->certificate), *chains = json_array();
	for (size_t i = 0; i < issuer->chain_count; i++) {
		json_t *chain = json_array();
		for (size_t n = 0; n < issuer->chains[i].count; n++)
			(void)json_array_append_new(chain, describe(issuer->chains[i].certificates[n]));
		(void)json_array_append_new(chains, chain);
	}
	(void)json_object_set_new(is, "id", json_string(issuer->id));
	(void)json_object_set_new(is, "issues", json_boolean(issues));
	(void)json_object_set_new(is, "state", json_string(state_of(issuer, issues, index)));
	(void)json_object_set_new(is, "chains", chains);
	return is;
}

static json_t *describe_all(const struct ca_dir *dir, const json_t *index)
{
	json_t *issuers = json_array(), *roots = json_array(), *requests = json_array(), *entry;
	size_t i;
	for (i = 0; i < dir->issuer_count; i++)
		(void)json_array_append_new(issuers, describe_issuer(&dir->issuers[i], i == 0, index));
	for (i = 0; i < dir->root_count; i++) {
		json_t *root = describe(dir->roots[i].certificate);
		(void)json_object_set_new(root, "id", json_string(dir->roots[i].id));
		(void)json_array_append_new(roots, root);
	}
	json_array_foreach(json_object_get(index, "requests"), i, entry)
		(void)json_array_append(requests, json_object_get(entry, "id"));
	return json_pack("{s:o, s:o, s:o}", "issuers", issuers, "roots", roots, "requests", requests);
}

// --- for people

static const char *member(const json_t *object, const char *name)
{
	const char *text = json_string_value(json_object_get(object, name));
	return text ? text : "?";
}

static void print_certificate(const json_t *is)
{
	printf("    valid    %s to %s\n", member(is, "not_before"), member(is, "not_after"));
	printf("    key      %s\n    serial   %s\n    SHA-256  %s\n", member(is, "key"), member(is, "serial"), member(is, "sha256"));
}

static void print_chains(const json_t *issuer)
{
	const json_t *chain, *certificate;
	size_t i, n;
	json_array_foreach(json_object_get(issuer, "chains"), i, chain) {
		const char *top = "?";
		printf("    chain %zu  ", i + 1);
		json_array_foreach(chain, n, certificate) {
			printf("%s, signed by ", member(certificate, "subject"));
			top = member(certificate, "issuer");
		}
		printf("%s%s\n", top, i ? "" : " (default)");
	}
}

static void print_all(const json_t *all)
{
	const json_t *entry;
	size_t i;
	json_array_foreach(json_object_get(all, "roots"), i, entry) {
		printf("Root %s\n    %s\n", member(entry, "id"), member(entry, "subject"));
		print_certificate(entry);
	}
	json_array_foreach(json_object_get(all, "issuers"), i, entry) {
		printf("Intermediate %s (%s)\n    %s\n", member(entry, "id"), member(entry, "state"), member(entry, "subject"));
		print_certificate(entry);
		print_chains(entry);
	}
	json_array_foreach(json_object_get(all, "requests"), i, entry)
		printf("Request %s is out; 'xica ca import' takes its chain\n", json_string_value(entry));
}

int ca_verb_show(const struct ca_options *options, char **words, int count)
{
	struct ca_dir dir = {.arena = ARENA_INIT};
	cleanup_buf why = BUF_INIT, none = BUF_INIT;
	json_t *index = NULL;
	if (count)
		return cli_usage_error("ca show", "what is '%s'?", words[0]);
	int error = ca_index_read(options->dir, &index, &why);
	if (error == XICA_ENOTFOUND)
		return cli_failed("ca show", "there is no CA in %s; 'xica ca init' makes one, 'xica ca csr' begins one below another root", options->dir);
	if (!error)
		error = ca_dir_read(options->dir, CA_DIR_PUBLIC, &dir, &none);
	if (error && !(index && error == XICA_ENOTFOUND)) { // without an issuer, there are still requests to show
		json_decref(index);
		return cli_failed("ca show", "%s", why.len ? buf_cstr(&why) : none.len ? buf_cstr(&none) : xica_strerror(error));
	}
	json_t *all = describe_all(&dir, index);
	if (options->json) {
		(void)json_dumpf(all, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		(void)puts("");
	} else {
		print_all(all);
	}
	json_decref(all);
	json_decref(index);
	ca_dir_free(&dir);
	return CLI_OK;
}
