// OCSP requests from strangers; what was read of one, answered.
#include <stdlib.h>

#include "pki/ocsp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool lies_in(struct view part, const uint8_t *data, size_t size)
{
	return !part.len || (part.ptr >= data && part.len <= size && (size_t)(part.ptr - data) <= size - part.len);
}

static void answer(const struct pki_ocsp_request *request)
{
	static const struct pki_ocsp_issuer ISSUER;
	static const uint8_t RESPONDER[CRYPTO_SHA1_LEN];
	struct pki_ocsp_single list[PKI_OCSP_LIST_MAX];
	cleanup_buf data = BUF_INIT;
	bool known = true;
	for (size_t i = 0; i < request->count; i++) {
		list[i] = (struct pki_ocsp_single){request->list[i].hash, request->list[i].serial, PKI_OCSP_GOOD, 0, 0};
		known &= request->list[i].hash != PKI_OCSP_OTHER;
	}
	const struct pki_ocsp_response response = {&ISSUER, view_bytes(RESPONDER, sizeof(RESPONDER)), 0, 0, 1, list, request->count, request->nonce};
	if ((pki_ocsp_response_data(&response, &data) == 0) != known)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pki_ocsp_request request;
	if (pki_ocsp_request_parse(view_bytes(data, size), &request))
		return 0;
	if (!request.count || request.count > PKI_OCSP_LIST_MAX || !lies_in(request.nonce, data, size) || request.nonce.len > PKI_OCSP_NONCE_MAX)
		abort();
	for (size_t i = 0; i < request.count; i++) {
		const struct pki_ocsp_id *id = &request.list[i];
		if (!lies_in(id->whole, data, size) || !lies_in(id->serial, data, size) || !lies_in(id->name_hash, data, size) ||
		    id->serial.len > PKI_OCSP_SERIAL_MAX || !id->whole.len)
			abort();
	}
	answer(&request);
	return 0;
}
