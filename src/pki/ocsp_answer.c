#include "pki/ocsp_answer.h"

#include "pki/certificate.h"
#include "pki/sig_alg.h"

enum { BY_NAME = 1, BY_KEY = 2 }; // ResponderID's tags

struct basic { // BasicOCSPResponse, and of its ResponseData what is looked at
	struct view data, algorithm, signature, certificates;
	uint8_t responder_tag; // BY_NAME or BY_KEY
	struct view responder; // a Name, whole; or the hash of a key
	struct view singles;
	xica_time produced_at;
};

// --- reading

// OCSPResponse ::= SEQUENCE { responseStatus ENUMERATED, responseBytes [0] EXPLICIT SEQUENCE { responseType OID, response OCTET STRING } OPTIONAL }
static int read_response(struct view der, uint8_t *ret_status, struct view *ret_basic)
{
	struct view response, status, bytes, body, type;
	bool present;
	int error = der_read_only(der, DER_SEQUENCE, &response);
	if (!error)
		error = der_read(&response, DER_ENUMERATED, &status);
	if (!error)
		error = der_read_optional(&response, DER_CONTEXT_CONSTRUCTED(0), &present, &bytes);
	if (error || der_end(response) || status.len != 1 || present != (status.ptr[0] == 0))
		return XICA_EPARSE;
	*ret_status = status.ptr[0];
	if (!present)
		return XICA_OK;
	error = der_read_only(bytes, DER_SEQUENCE, &body);
	if (!error)
		error = der_read_oid(&body, &type);
	if (!error)
		error = oid_is(type, OID_OCSP_BASIC) ? der_read_only(body, DER_OCTET_STRING, ret_basic) : XICA_EPARSE;
	return error;
}

static int read_responder(struct view *cursor, struct basic *basic)
{
	struct view content;
	bool present;
	basic->responder_tag = der_next_is(*cursor, DER_CONTEXT_CONSTRUCTED(BY_NAME)) ? BY_NAME : BY_KEY;
	int error = der_read_optional(cursor, DER_CONTEXT_CONSTRUCTED(basic->responder_tag), &present, &content);
	if (error || !present)
		return XICA_EPARSE;
	if (basic->responder_tag == BY_KEY)
		return der_read_only(content, DER_OCTET_STRING, &basic->responder);
	error = der_read_whole(&content, DER_SEQUENCE, &basic->responder);
	return error ? error : der_end(content);
}

// ResponseData ::= SEQUENCE { version [0] DEFAULT v1, responderID, producedAt, responses SEQUENCE OF SingleResponse, responseExtensions [1] OPTIONAL }
static int read_data(struct basic *basic)
{
	struct view body, extensions;
	bool present;
	int error = der_read_only(basic->data, DER_SEQUENCE, &body);
	if (!error)
		error = read_responder(&body, basic);
	if (!error)
		error = der_read_generalized_time(&body, &basic->produced_at);
	if (!error)
		error = der_read(&body, DER_SEQUENCE, &basic->singles);
	if (!error)
		error = der_read_optional(&body, DER_CONTEXT_CONSTRUCTED(1), &present, &extensions);
	return error ? error : der_end(body);
}

// BasicOCSPResponse ::= SEQUENCE { tbsResponseData, signatureAlgorithm, signature BIT STRING, certs [0] EXPLICIT SEQUENCE OF Certificate OPTIONAL }
static int read_basic(struct view der, struct basic *basic)
{
	struct view body, explicit_tag;
	bool present;
	int error = der_read_only(der, DER_SEQUENCE, &body);
	if (!error)
		error = der_read_whole(&body, DER_SEQUENCE, &basic->data);
	if (!error)
		error = der_read_whole(&body, DER_SEQUENCE, &basic->algorithm);
	if (!error)
		error = der_read_bit_bytes(&body, &basic->signature);
	if (!error)
		error = der_read_optional(&body, DER_CONTEXT_CONSTRUCTED(0), &present, &explicit_tag);
	if (!error && present)
		error = der_read_only(explicit_tag, DER_SEQUENCE, &basic->certificates);
	if (!error)
		error = der_end(body);
	return error ? error : read_data(basic);
}

// CertStatus: [0] NULL, [1] SEQUENCE, [2] NULL, all of them IMPLICIT.
static int read_status(struct view *cursor, enum pki_ocsp_status *ret_status)
{
	static const uint8_t TAGS[] = {[PKI_OCSP_GOOD] = DER_CONTEXT(0), [PKI_OCSP_REVOKED] = DER_CONTEXT_CONSTRUCTED(1), [PKI_OCSP_UNKNOWN] = DER_CONTEXT(2)};
	struct view content;
	for (size_t i = 0; i < sizeof(TAGS) / sizeof(TAGS[0]); i++)
		if (der_next_is(*cursor, TAGS[i])) {
			*ret_status = (enum pki_ocsp_status)i;
			return der_read(cursor, TAGS[i], &content);
		}
	return XICA_EPARSE;
}

struct single {
	struct pki_ocsp_id id;
	enum pki_ocsp_status status;
	xica_time this_update, next_update;
	bool has_next;
};

// SingleResponse ::= SEQUENCE { certID, certStatus, thisUpdate, nextUpdate [0] EXPLICIT OPTIONAL, singleExtensions [1] OPTIONAL }
static int read_single(struct view *cursor, struct single *single)
{
	struct view body, next, extensions;
	bool present;
	int error = der_read(cursor, DER_SEQUENCE, &body);
	if (!error)
		error = pki_ocsp_id_read(&body, &single->id);
	if (!error)
		error = read_status(&body, &single->status);
	if (!error)
		error = der_read_generalized_time(&body, &single->this_update);
	if (!error)
		error = der_read_optional(&body, DER_CONTEXT_CONSTRUCTED(0), &single->has_next, &next);
	if (!error && single->has_next)
		error = der_read_generalized_time(&next, &single->next_update) ? XICA_EPARSE : der_end(next);
	if (!error)
		error = der_read_optional(&body, DER_CONTEXT_CONSTRUCTED(1), &present, &extensions);
	return error ? error : der_end(body);
}

// --- judging

struct court {
	const struct pki_ocsp_question *question;
	struct pki_certificate issuer;
	struct pki_ocsp_issuer names;
	struct basic basic;
	struct pki_ocsp_answer answer;
};

// False, so that a check can return it.
static bool find_fault(struct court *court, enum pki_ocsp_fault fault, const char *why)
{
	court->answer.fault = fault;
	court->answer.why = why;
	return false;
}

static const char *failure_text(uint8_t status)
{
	switch (status) {
	case PKI_OCSP_MALFORMED: return "the responder can't read the request (malformedRequest)";
	case PKI_OCSP_INTERNAL_ERROR: return "the responder has a trouble of its own (internalError)";
	case PKI_OCSP_TRY_LATER: return "the responder can't answer now (tryLater)";
	case PKI_OCSP_UNAUTHORIZED: return "the responder doesn't answer for this issuer (unauthorized)";
	default: return "the responder refuses, with a word that is none of RFC 6960";
	}
}

static bool is_readable(struct court *court, struct view der)
{
	struct view basic = VIEW_NONE;
	uint8_t status = 0;
	if (read_response(der, &status, &basic))
		return find_fault(court, PKI_OCSP_UNREADABLE, "it is no OCSP response");
	if (status)
		return find_fault(court, PKI_OCSP_REFUSED, failure_text(status));
	if (read_basic(basic, &court->basic))
		return find_fault(court, PKI_OCSP_UNREADABLE, "it is no basic OCSP response");
	court->answer.produced_at = court->basic.produced_at;
	return true;
}

static struct view without_zeros(struct view serial)
{
	while (serial.len && !serial.ptr[0])
		serial = view_sub(serial, 1, SIZE_MAX);
	return serial;
}

static bool is_about_it(struct court *court)
{
	struct view rest = court->basic.singles, serial = without_zeros(court->question->serial);
	while (rest.len) {
		struct single single = {0};
		if (read_single(&rest, &single))
			return find_fault(court, PKI_OCSP_UNREADABLE, "one of its certificates' status can't be read");
		if (!pki_ocsp_id_is_of(&single.id, &court->names) || !view_equal(single.id.serial, serial))
			continue;
		if (!single.has_next)
			return find_fault(court, PKI_OCSP_STALE, "it doesn't say until when it is good (nextUpdate)");
		court->answer.status = single.status;
		court->answer.this_update = single.this_update;
		court->answer.next_update = single.next_update;
		return true;
	}
	return find_fault(court, PKI_OCSP_OF_ANOTHER, "it is not about the certificate that was asked for");
}

static bool signs_ocsp(const struct pki_certificate *certificate)
{
	struct pki_extension usage;
	struct view list, purpose;
	if (pki_extension_find(certificate->extensions, OID_EXT_KEY_USAGE, &usage) || der_read_only(usage.value, DER_SEQUENCE, &list))
		return false;
	while (list.len && !der_read_oid(&list, &purpose))
		if (oid_is(purpose, OID_EKU_OCSP_SIGNING))
			return true;
	return false;
}

static bool is_called(const struct pki_certificate *certificate, const struct basic *basic)
{
	uint8_t hash[CRYPTO_SHA1_LEN];
	if (basic->responder_tag == BY_NAME)
		return view_equal(certificate->subject, basic->responder);
	return !pki_ocsp_key_hash(certificate->spki, hash) && view_equal(view_bytes(hash, sizeof(hash)), basic->responder);
}

// The certificate of who signed: one that came with the answer, or the issuer's own.
static bool find_signer(struct court *court, struct pki_certificate *ret_signer)
{
	struct view rest = court->basic.certificates, der;
	const char *why;
	*ret_signer = court->issuer;
	if (is_called(&court->issuer, &court->basic))
		return true;
	while (rest.len && !der_read_whole(&rest, DER_SEQUENCE, &der))
		if (!pki_certificate_parse(der, ret_signer, &why) && is_called(ret_signer, &court->basic))
			return true;
	return find_fault(court, PKI_OCSP_NOT_ENTITLED, "the certificate of who signed it is not in it");
}

static bool is_entitled(struct court *court, const struct pki_certificate *signer)
{
	const struct pki_ocsp_question *question = court->question;
	if (signer->der.ptr == court->issuer.der.ptr)
		return true;
	if (!view_equal(signer->issuer, court->issuer.subject) || pki_certificate_signed_by(signer, &court->issuer) || !signs_ocsp(signer))
		return find_fault(court, PKI_OCSP_NOT_ENTITLED, "who signed it was not appointed by the issuer");
	if (question->now + question->slack < signer->not_before || question->now > signer->not_after)
		return find_fault(court, PKI_OCSP_NOT_ENTITLED, "the certificate of who signed it is not good now");
	return true;
}

static bool is_signed(struct court *court, const struct pki_certificate *signer)
{
	cleanup_key *key = NULL;
	enum crypto_sig alg;
	if (pki_sig_alg_read(court->basic.algorithm, &alg) || crypto_key_from_spki(signer->spki, &key) ||
	    crypto_verify(key, alg, court->basic.data, court->basic.signature))
		return find_fault(court, PKI_OCSP_FORGED, "its signature does not verify");
	return true;
}

static bool is_fresh(struct court *court)
{
	const struct pki_ocsp_question *question = court->question;
	const struct pki_ocsp_answer *answer = &court->answer;
	if (answer->this_update > question->now + question->slack || answer->produced_at > question->now + question->slack)
		return find_fault(court, PKI_OCSP_EARLY, "it is of the future");
	if (answer->next_update < question->now)
		return find_fault(court, PKI_OCSP_STALE, "it is too old: its nextUpdate is over");
	return true;
}

int pki_ocsp_answer_judge(struct view der, const struct pki_ocsp_question *question, struct pki_ocsp_answer *ret_answer)
{
	struct court court = {.question = question};
	struct pki_certificate signer;
	const char *why;
	int error = pki_certificate_parse(question->issuer, &court.issuer, &why);
	if (!error)
		error = pki_ocsp_issuer_of(question->issuer, &court.names);
	if (error)
		return error;
	(void)(is_readable(&court, der) && is_about_it(&court) && find_signer(&court, &signer) && is_entitled(&court, &signer) && is_signed(&court, &signer) &&
	       is_fresh(&court));
	*ret_answer = court.answer;
	return XICA_OK;
}
