// Certificates as the ceremony reads them: fields, known extensions, the subject for people, and a chain of one in PEM.
#include <stdlib.h>

#include "config/ca_chain.h"
#include "pki/pem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool lies_in(struct view part, const uint8_t *data, size_t size)
{
	return !part.len || (part.ptr >= data && part.len <= size && (size_t)(part.ptr - data) <= size - part.len);
}

static void check_extensions(struct view extensions)
{
	struct pki_extension extension;
	while (extensions.len)
		if (pki_extension_read(&extensions, &extension))
			abort(); // pki_certificate_parse has read them all
}

static void check_chain(struct view der)
{
	cleanup_buf pem = BUF_INIT, why = BUF_INIT;
	struct ca_chain_parsed chain;
	pem_write(&pem, PEM_CERTIFICATE, der);
	if (ca_chain_parse(buf_view(&pem), &chain, &why))
		abort(); // it was parsed once
	if (ca_chain_check(&chain, 1800000000, &why) && !why.len)
		abort();
	ca_chain_free(&chain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pki_certificate certificate;
	cleanup_buf text = BUF_INIT;
	const char *why = NULL;
	if (pki_certificate_parse(view_bytes(data, size), &certificate, &why)) {
		if (!why)
			abort();
		return 0;
	}
	if (!lies_in(certificate.tbs, data, size) || !lies_in(certificate.spki, data, size) || !lies_in(certificate.subject, data, size) ||
	    !lies_in(certificate.signature, data, size) || !lies_in(certificate.key_id, data, size))
		abort();
	check_extensions(certificate.extensions);
	pki_name_add_text(&text, certificate.subject);
	check_chain(certificate.der);
	return 0;
}
