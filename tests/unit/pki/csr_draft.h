// Requests as the tests write them themselves, piece by piece, so that each can be wrong in one place. Nothing here signs.
#pragma once
#include "check.h"
#include "pki/csr.h"
#include "pki/der.h"

struct draft {
	uint64_t version;
	struct buf subject, names, extensions, attributes; // contents
	enum oid sig_alg;
	bool no_attributes;
};

#define DRAFT ((struct draft){.sig_alg = OID_ECDSA_SHA256})
#define cleanup_draft [[gnu::cleanup(draft_free)]] struct draft

static inline void draft_free(struct draft *d)
{
	buf_free(&d->subject);
	buf_free(&d->names);
	buf_free(&d->extensions);
	buf_free(&d->attributes);
}

static inline void add_attribute(struct buf *out, enum oid type, uint8_t tag, const char *value)
{
	size_t set = der_open(out, DER_SET), attribute = der_open(out, DER_SEQUENCE);
	der_add_oid(out, type);
	der_add(out, tag, view_str(value));
	der_close(out, attribute);
	der_close(out, set);
}

static inline void add_dns(struct draft *d, const char *name)
{
	der_add(&d->names, DER_CONTEXT(2), view_str(name));
}

static inline void add_other_name(struct draft *d, const char *type, uint8_t tag, const char *value)
{
	size_t name = der_open(&d->names, DER_CONTEXT_CONSTRUCTED(0));
	assert_int_equal(der_add_oid_text(&d->names, type), 0);
	size_t value_mark = der_open(&d->names, DER_CONTEXT_CONSTRUCTED(0));
	der_add(&d->names, tag, view_str(value));
	der_close(&d->names, value_mark);
	der_close(&d->names, name);
}

static inline void add_srv(struct draft *d, const char *name)
{
	add_other_name(d, "1.3.6.1.5.5.7.8.7", DER_IA5_STRING, name);
}

static inline void add_xmpp(struct draft *d, const char *name)
{
	add_other_name(d, "1.3.6.1.5.5.7.8.5", DER_UTF8_STRING, name);
}

static inline void add_extension(struct draft *d, enum oid type, bool critical, struct view value)
{
	struct buf *out = &d->extensions;
	size_t extension = der_open(out, DER_SEQUENCE);
	der_add_oid(out, type);
	if (critical)
		der_add_bool(out, true);
	der_add(out, DER_OCTET_STRING, value);
	der_close(out, extension);
}

static inline void add_alt_names_of(struct draft *d)
{
	cleanup_buf value = BUF_INIT;
	der_add(&value, DER_SEQUENCE, buf_view(&d->names));
	add_extension(d, OID_SUBJECT_ALT_NAME, false, buf_view(&value));
}

// An extensionRequest attribute with `values` times the extensions.
static inline void add_extension_request(struct draft *d, int values)
{
	struct buf *out = &d->attributes;
	size_t attribute = der_open(out, DER_SEQUENCE);
	der_add_oid(out, OID_EXTENSION_REQUEST);
	size_t set = der_open(out, DER_SET);
	while (values--)
		der_add(out, DER_SEQUENCE, buf_view(&d->extensions));
	der_close(out, set);
	der_close(out, attribute);
}

static inline void write_csr(struct draft *d, struct buf *out)
{
	buf_clear(out);
	size_t whole = der_open(out, DER_SEQUENCE), info = der_open(out, DER_SEQUENCE);
	der_add_uint(out, d->version);
	der_add(out, DER_SEQUENCE, buf_view(&d->subject));
	der_add(out, DER_SEQUENCE, VIEW_LIT("\x05\x00")); // stands for the key, which nobody reads here
	if (!d->no_attributes)
		der_add(out, DER_CONTEXT_CONSTRUCTED(0), buf_view(&d->attributes));
	der_close(out, info);
	size_t algorithm = der_open(out, DER_SEQUENCE);
	der_add_oid(out, d->sig_alg);
	der_close(out, algorithm);
	der_add_bit_bytes(out, VIEW_LIT("signature"));
	der_close(out, whole);
	assert_int_equal(buf_error(out), 0);
}

// The request with these names alone.
static inline void write_simple(struct draft *d, struct buf *out)
{
	if (d->names.len)
		add_alt_names_of(d);
	if (d->extensions.len)
		add_extension_request(d, 1);
	write_csr(d, out);
}
