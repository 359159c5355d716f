#include "pki/csr_write.h"

#include "pki/build.h"
#include "pki/der.h"

enum { GENERAL_NAME_OTHER = 0, GENERAL_NAME_DNS = 2 }; // RFC 5280 §4.2.1.6

static void add_srv_name(struct buf *out, struct view name)
{
	size_t other = der_open(out, DER_CONTEXT_CONSTRUCTED(GENERAL_NAME_OTHER));
	der_add_oid(out, OID_SRV_NAME);
	size_t value = der_open(out, DER_CONTEXT_CONSTRUCTED(0));
	der_add(out, DER_IA5_STRING, name);
	der_close(out, value);
	der_close(out, other);
}

static void add_alt_names(struct buf *out, const struct view *asked, size_t count)
{
	size_t extension = der_open(out, DER_SEQUENCE);
	der_add_oid(out, OID_SUBJECT_ALT_NAME);
	size_t value = der_open(out, DER_OCTET_STRING);
	size_t names = der_open(out, DER_SEQUENCE);
	for (size_t i = 0; i < count; i++)
		if (view_starts(asked[i], VIEW_LIT("_")))
			add_srv_name(out, asked[i]);
		else
			der_add(out, DER_CONTEXT(GENERAL_NAME_DNS), asked[i]);
	der_close(out, names);
	der_close(out, value);
	der_close(out, extension);
}

static void add_attributes(struct buf *out, const struct view *names, size_t count)
{
	size_t attributes = der_open(out, DER_CONTEXT_CONSTRUCTED(0));
	size_t attribute = der_open(out, DER_SEQUENCE);
	der_add_oid(out, OID_EXTENSION_REQUEST);
	size_t values = der_open(out, DER_SET);
	size_t extensions = der_open(out, DER_SEQUENCE);
	add_alt_names(out, names, count);
	der_close(out, extensions);
	der_close(out, values);
	der_close(out, attribute);
	der_close(out, attributes);
}

int pki_csr_write(const struct crypto_key *key, const struct view *names, size_t count, struct buf *out)
{
	cleanup_buf spki = BUF_INIT, info = BUF_INIT;
	if (!count)
		return XICA_EINVAL;
	int error = crypto_key_to_spki(key, &spki);
	if (error)
		return error;
	size_t sequence = der_open(&info, DER_SEQUENCE);
	der_add_uint(&info, 0);
	der_add(&info, DER_SEQUENCE, VIEW_NONE);
	buf_add(&info, buf_view(&spki));
	add_attributes(&info, names, count);
	der_close(&info, sequence);
	error = buf_error(&info);
	return error ? error : pki_build_sign(key, buf_view(&info), out);
}
