#include "pki/build.h"

#include "pki/build_ca.h"
#include "pki/extension.h"
#include "pki/sig_alg.h"

enum { COMMON_NAME_MAX = 64 }; // RFC 5280 appendix A.1, ub-common-name

// A subject that no verifier can take for a host: for certificates without a dNSName, or with long ones alone.
static const char NO_HOST_NAME[] = "XMPP server";

unsigned pki_shard(struct view serial, unsigned shards)
{
	uint32_t tail = 0;
	for (size_t i = serial.len < 4 ? 0 : serial.len - 4; i < serial.len; i++)
		tail = tail << 8 | serial.ptr[i];
	return shards ? tail % shards : 0;
}

void pki_path_crl(struct buf *out, const char *issuer_id, unsigned shard)
{
	buf_addf(out, "/crl/%s/%u.crl", issuer_id, shard);
}

void pki_path_ca(struct buf *out, const char *id)
{
	buf_addf(out, "/ca/%s.der", id);
}

void pki_path_root_crl(struct buf *out, const char *root_id)
{
	buf_addf(out, "/ca/%s.crl", root_id);
}

// The shortest dNSName where it fits (they are sorted so), since a CN must be one of them or no host name at all (RFC 6120 §13.7.1.1).
static struct view common_name(const struct pki_sans *sans)
{
	for (size_t i = 0; i < sans->count; i++)
		if (sans->list[i].type == PKI_SAN_DNS)
			return sans->list[i].value.len <= COMMON_NAME_MAX ? sans->list[i].value : view_str(NO_HOST_NAME);
	return view_str(NO_HOST_NAME);
}

static void add_attribute(struct buf *out, enum oid type, struct view value)
{
	size_t set = der_open(out, DER_SET);
	size_t attribute = der_open(out, DER_SEQUENCE);
	der_add_oid(out, type);
	der_add(out, DER_UTF8_STRING, value);
	der_close(out, attribute);
	der_close(out, set);
}

void pki_build_name(struct buf *out, struct view organization, struct view common)
{
	size_t name = der_open(out, DER_SEQUENCE);
	if (organization.len)
		add_attribute(out, OID_ORGANIZATION, organization);
	if (common.len)
		add_attribute(out, OID_COMMON_NAME, common);
	der_close(out, name);
}

void pki_build_begin(struct buf *out, const struct pki_issuer *issuer, struct view serial)
{
	size_t version = der_open(out, DER_CONTEXT_CONSTRUCTED(0));
	der_add_uint(out, 2); // v3
	der_close(out, version);
	der_add_integer(out, serial);
	pki_sig_alg_add(out, issuer->sig_alg);
	buf_add(out, issuer->name);
}

void pki_build_validity(struct buf *out, xica_time not_before, xica_time not_after)
{
	size_t validity = der_open(out, DER_SEQUENCE);
	der_add_time(out, not_before);
	der_add_time(out, not_after);
	der_close(out, validity);
}

static void add_purposes(struct buf *out, const struct pki_profile *profile)
{
	if (!profile->server_auth && !profile->client_auth)
		return;
	struct pki_extension_mark mark = pki_extension_open(out, OID_EXT_KEY_USAGE, false);
	size_t list = der_open(out, DER_SEQUENCE);
	if (profile->server_auth)
		der_add_oid(out, OID_EKU_SERVER_AUTH);
	if (profile->client_auth)
		der_add_oid(out, OID_EKU_CLIENT_AUTH);
	der_close(out, list);
	pki_extension_close(out, mark);
}

static int add_policy(struct buf *out, const char *policy_oid)
{
	if (!policy_oid)
		return XICA_OK;
	struct pki_extension_mark mark = pki_extension_open(out, OID_CERTIFICATE_POLICIES, false);
	size_t list = der_open(out, DER_SEQUENCE);
	size_t policy = der_open(out, DER_SEQUENCE);
	int error = der_add_oid_text(out, policy_oid);
	der_close(out, policy);
	der_close(out, list);
	pki_extension_close(out, mark);
	return error;
}

static int add_urls(struct buf *out, const struct pki_leaf *leaf)
{
	cleanup_buf url = BUF_INIT, ocsp = BUF_INIT;
	buf_addf(&ocsp, "%s%s", leaf->site->http_url, PKI_PATH_OCSP);
	buf_add_str(&url, leaf->site->http_url);
	pki_path_ca(&url, leaf->issuer->id);
	if (!buf_cstr(&url) || !buf_cstr(&ocsp))
		return XICA_ENOMEM;
	pki_extension_add_access(out, leaf->site->ocsp && leaf->profile->status_urls ? buf_cstr(&ocsp) : NULL, buf_cstr(&url));
	if (!leaf->profile->status_urls)
		return XICA_OK;
	buf_clear(&url);
	buf_add_str(&url, leaf->site->http_url);
	pki_path_crl(&url, leaf->issuer->id, pki_shard(leaf->serial, leaf->site->crl_shards));
	if (!buf_cstr(&url))
		return XICA_ENOMEM;
	pki_extension_add_crl_url(out, buf_cstr(&url));
	return XICA_OK;
}

static int add_extensions(struct buf *out, const struct pki_leaf *leaf)
{
	uint8_t key_id[PKI_KEY_ID_LEN];
	int error = pki_key_id(leaf->spki, key_id);
	if (error)
		return error;
	size_t explicit_tag = der_open(out, DER_CONTEXT_CONSTRUCTED(3));
	size_t list = der_open(out, DER_SEQUENCE);
	pki_extension_add_authority_key_id(out, leaf->issuer->key_id);
	pki_extension_add_key_id(out, view_bytes(key_id, sizeof(key_id)));
	pki_extension_add_key_usage(out, PKI_USAGE_DIGITAL_SIGNATURE);
	add_purposes(out, leaf->profile);
	pki_extension_add_end_entity(out);
	pki_extension_add_alt_names(out, leaf->sans, false);
	error = add_policy(out, leaf->profile->policy_oid);
	if (!error && leaf->site->http_url)
		error = add_urls(out, leaf);
	der_close(out, list);
	der_close(out, explicit_tag);
	return error;
}

int pki_build_tbs(const struct pki_leaf *leaf, struct buf *tbs_out)
{
	if (leaf->serial.len != PKI_SERIAL_LEN || leaf->serial.ptr[0] != PKI_SERIAL_FIRST || leaf->sans->count == 0)
		return XICA_EINVAL;
	if (leaf->not_before > leaf->not_after || leaf->not_after > leaf->issuer->not_after)
		return XICA_ERANGE;
	size_t before = tbs_out->len;
	size_t tbs = der_open(tbs_out, DER_SEQUENCE);
	pki_build_begin(tbs_out, leaf->issuer, leaf->serial);
	pki_build_validity(tbs_out, leaf->not_before, leaf->not_after);
	pki_build_name(tbs_out, VIEW_NONE, common_name(leaf->sans));
	buf_add(tbs_out, leaf->spki);
	int error = add_extensions(tbs_out, leaf);
	der_close(tbs_out, tbs);
	if (!error)
		error = buf_error(tbs_out);
	if (error)
		buf_truncate(tbs_out, before);
	return error;
}

int pki_build_signed(struct view tbs, enum crypto_sig sig_alg, struct view signature, struct buf *out)
{
	size_t whole = der_open(out, DER_SEQUENCE);
	buf_add(out, tbs);
	pki_sig_alg_add(out, sig_alg);
	der_add_bit_bytes(out, signature);
	der_close(out, whole);
	return buf_error(out);
}

int pki_build_sign(const struct crypto_key *key, struct view tbs, struct buf *out)
{
	cleanup_buf signature = BUF_INIT;
	int error = crypto_sign(key, crypto_sig_default(key), tbs, &signature);
	return error ? error : pki_build_signed(tbs, crypto_sig_default(key), buf_view(&signature), out);
}
