// The CA's own certificates, old and new, for people and programs that want to trust it: GET /api/public/authorities.
#include "crypto/digest.h"
#include "pki/build.h"
#include "pki/certificate.h"
#include "pki/pem.h"
#include "site/json.h"
#include "site/public.h"

static json_t *url_json(const struct site *site, struct buf *path)
{
	cleanup_buf url = BUF_INIT;
	buf_add_str(&url, site->config->http_url);
	buf_add(&url, buf_view(path));
	return buf_error(&url) || buf_error(path) ? NULL : site_json_text(buf_view(&url));
}

static json_t *der_url(const struct site *site, const char *id)
{
	cleanup_buf path = BUF_INIT;
	pki_path_ca(&path, id);
	return url_json(site, &path);
}

static json_t *issuer_crls(const struct site *site, const char *id)
{
	json_t *urls = json_array();
	for (unsigned shard = 0; shard < site->config->crl_shards; shard++) {
		cleanup_buf path = BUF_INIT;
		pki_path_crl(&path, id, shard);
		(void)json_array_append_new(urls, url_json(site, &path));
	}
	return urls;
}

static json_t *root_crls(const struct site *site, const struct ca_root *root)
{
	json_t *urls = json_array();
	cleanup_buf path = BUF_INIT;
	pki_path_root_crl(&path, root->id);
	if (root->crl.len)
		(void)json_array_append_new(urls, url_json(site, &path));
	return urls;
}

// Takes the reference of crl_urls.
static json_t *authority_json(const struct site *site, const char *id, struct view der, bool root, bool current, json_t *crl_urls)
{
	struct pki_certificate certificate;
	const char *why;
	uint8_t sha256[CRYPTO_SHA256_LEN], sha1[CRYPTO_SHA1_LEN];
	cleanup_buf subject = BUF_INIT;
	if (pki_certificate_parse(der, &certificate, &why) || crypto_sha256(der, sha256) || crypto_sha1(der, sha1)) {
		json_decref(crl_urls);
		return NULL;
	}
	pki_name_add_text(&subject, certificate.subject);
	return json_pack("{s:s, s:o, s:b, s:b, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "id", id, "subject", site_json_text(buf_view(&subject)), "root", root,
			 "current", current, "not_before", (json_int_t)certificate.not_before, "not_after", (json_int_t)certificate.not_after, "key_type",
			 site_json_key_type(certificate.spki), "sha256", site_json_hex(view_bytes(sha256, sizeof(sha256))), "sha1",
			 site_json_hex(view_bytes(sha1, sizeof(sha1))), "pem", site_json_pem(PEM_CERTIFICATE, der), "der_url", der_url(site, id), "crl_urls",
			 crl_urls);
}

// Roots first, the newest of each kind first.
static json_t *authorities_json(const struct site *site)
{
	const struct ca_dir *ca = site->ca;
	json_t *list = json_array();
	int failed = 0;
	for (size_t i = 0; i < ca->root_count; i++)
		failed |= json_array_append_new(list, authority_json(site, ca->roots[i].id, ca->roots[i].certificate, true, i == 0, root_crls(site, &ca->roots[i])));
	for (size_t i = 0; i < ca->issuer_count; i++)
		failed |= json_array_append_new(list, authority_json(site, ca->issuers[i].id, ca->issuers[i].certificate, false, i == 0,
								     issuer_crls(site, ca->issuers[i].id)));
	if (!failed)
		return list;
	json_decref(list);
	return NULL;
}

// Where all roots are in one file; null where the root is another's.
static json_t *bundle_url(const struct site *site, const char *path)
{
	return site->ca->root_count ? json_sprintf("%s%s", site->config->url, path) : json_null();
}

static json_t *whole_url(const struct site *site)
{
	return json_sprintf("%s%s", site->config->url, PKI_PATH_CA_P7B);
}

static json_t *ocsp_url(const struct site *site)
{
	return site->config->ocsp ? json_sprintf("%s%s", site->config->http_url, PKI_PATH_OCSP) : json_null();
}

int site_show_authorities(struct store_txn *txn, struct site_request *request)
{
	const struct site *site = request->site;
	const char *directory = acme_url_directory(&request->arena, site->config->url);
	(void)txn;
	request->result = json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "authorities", authorities_json(site), "directory", directory ? directory : "", "ocsp_url",
				    ocsp_url(site), "bundle_url", bundle_url(site, PKI_PATH_ROOTS_PEM), "bundle_p7b_url", bundle_url(site, PKI_PATH_ROOTS_P7B),
				    "p7b_url", whole_url(site));
	return request->result && directory ? XICA_OK : XICA_ENOMEM;
}
