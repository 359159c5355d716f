#include "pki/certs_only.h"

#include "pki/der.h"

#define ID_DATA "1.2.840.113549.1.7.1"        // RFC 5652 §4
#define ID_SIGNED_DATA "1.2.840.113549.1.7.2" // §5.1

enum { SIGNED_DATA_VERSION = 1 };

static int add_data(struct buf *out)
{
	size_t content = der_open(out, DER_SEQUENCE);
	int error = der_add_oid_text(out, ID_DATA);
	der_close(out, content);
	return error;
}

// A SET OF need not be sorted here: nothing of it is signed, so BER is enough, and readers show what comes first first.
static void add_certificates(const struct view *certificates, size_t count, struct buf *out)
{
	size_t set = der_open(out, DER_CONTEXT_CONSTRUCTED(0));
	for (size_t i = 0; i < count; i++)
		buf_add(out, certificates[i]);
	der_close(out, set);
}

int pki_certs_only_write(const struct view *certificates, size_t count, struct buf *out)
{
	size_t before = out->len, whole = der_open(out, DER_SEQUENCE);
	int error = der_add_oid_text(out, ID_SIGNED_DATA);
	size_t explicit_tag = der_open(out, DER_CONTEXT_CONSTRUCTED(0)), signed_data = der_open(out, DER_SEQUENCE);
	der_add_uint(out, SIGNED_DATA_VERSION);
	der_add(out, DER_SET, VIEW_NONE); // digest algorithms
	if (!error)
		error = add_data(out);
	add_certificates(certificates, count, out);
	der_add(out, DER_SET, VIEW_NONE); // signers
	der_close(out, signed_data);
	der_close(out, explicit_tag);
	der_close(out, whole);
	if (!error)
		error = buf_error(out);
	if (error)
		buf_truncate(out, before);
	return error;
}
