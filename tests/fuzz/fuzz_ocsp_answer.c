// OCSP answers from whoever serves them. An input is the length of the issuer's certificate in two bytes, that certificate, and the answer; so what is mutated meets signatures
// that verify.
#include <stdlib.h>

#include "pki/ocsp_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NOW = 1796083200 }; // 2026-12-01

static void check(const struct pki_ocsp_answer *answer, size_t size)
{
	if ((answer->fault == PKI_OCSP_SOUND) != (answer->why == NULL))
		abort();
	if (answer->fault != PKI_OCSP_SOUND)
		return;
	if (answer->this_update > NOW || answer->next_update < NOW || answer->produced_at > NOW || size < 64 ||
	    (answer->status != PKI_OCSP_GOOD && answer->status != PKI_OCSP_REVOKED && answer->status != PKI_OCSP_UNKNOWN))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view input = view_bytes(data, size);
	size_t length = size < 2 ? 0 : (size_t)data[0] << 8 | data[1];
	struct view issuer = view_sub(input, 2, length), der = view_sub(input, 2 + length, SIZE_MAX);
	const struct pki_ocsp_question question = {.issuer = issuer, .serial = VIEW_LIT("\x4d"), .now = NOW};
	struct pki_ocsp_answer answer;
	if (!pki_ocsp_answer_judge(der, &question, &answer))
		check(&answer, der.len);
	return 0;
}
