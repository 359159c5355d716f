// OCSP as a peer of the CA's subscribers sees it: asked over HTTP, and believed no more than such a peer would (pki/ocsp_answer.h).
#include "base/file.h"
#include "cli/doctor.h"
#include "pki/certificate.h"
#include "pki/ocsp_answer.h"
#include "pki/pem.h"

enum { PEM_MAX = 1 << 20 };

struct asked {
	struct doctor *doctor;
	const struct ca_issuer *issuer;
	const char *url;
	struct view serial; // content of the INTEGER
	bool site;          // the certificate of the site itself; else one that nobody has
};

// OCSPRequest of one certificate (RFC 6960 §4.1.1), by SHA-1 as clients ask, without a nonce, so that what is kept on the way is seen too.
static int write_request(const struct asked *asked, struct buf *out)
{
	struct pki_ocsp_issuer names;
	int error = pki_ocsp_issuer_of(asked->issuer->certificate, &names);
	if (error)
		return error;
	size_t request = der_open(out, DER_SEQUENCE), tbs = der_open(out, DER_SEQUENCE), list = der_open(out, DER_SEQUENCE), one = der_open(out, DER_SEQUENCE),
	       id = der_open(out, DER_SEQUENCE), algorithm = der_open(out, DER_SEQUENCE);
	der_add_oid(out, OID_SHA1);
	der_add_null(out);
	der_close(out, algorithm);
	der_add(out, DER_OCTET_STRING, view_bytes(names.sha1_name, CRYPTO_SHA1_LEN));
	der_add(out, DER_OCTET_STRING, view_bytes(names.sha1_key, CRYPTO_SHA1_LEN));
	der_add(out, DER_INTEGER, asked->serial);
	der_close(out, id);
	der_close(out, one);
	der_close(out, list);
	der_close(out, tbs);
	der_close(out, request);
	return buf_error(out);
}

// The site's certificate where this issuer made it: a real one, whose status is known beforehand.
static bool read_site_certificate(const struct asked *asked, struct buf *der, struct pki_certificate *ret_certificate)
{
	struct pki_certificate issuer;
	cleanup_buf pem = BUF_INIT;
	const char *why;
	if (file_read(asked->doctor->config->tls_certificate, PEM_MAX, &pem))
		return false;
	struct view cursor = buf_view(&pem);
	return !pem_read(&cursor, PEM_CERTIFICATE, der) && !pki_certificate_parse(buf_view(der), ret_certificate, &why) &&
	       !pki_certificate_parse(asked->issuer->certificate, &issuer, &why) && view_equal(ret_certificate->issuer, issuer.subject) &&
	       !pki_certificate_signed_by(ret_certificate, &issuer) && ret_certificate->not_after > asked->doctor->now;
}

static const char *advice_on(enum pki_ocsp_fault fault)
{
	switch (fault) {
	case PKI_OCSP_SOUND: return NULL;
	case PKI_OCSP_REFUSED: return "is the signer there (xica health)?";
	case PKI_OCSP_EARLY: return "set the clocks of this machine and of whatever answers there";
	case PKI_OCSP_STALE: return "what on the way keeps answers for longer than they are good? And is the clock right?";
	case PKI_OCSP_UNREADABLE:
	case PKI_OCSP_OF_ANOTHER:
	case PKI_OCSP_NOT_ENTITLED:
	case PKI_OCSP_FORGED: return "who answers there in xicad's place? Does http-url lead to this xicad?";
	}
	return NULL;
}

static void tell_status(const struct asked *asked, const struct pki_ocsp_answer *answer)
{
	cleanup_buf until = BUF_INIT;
	clock_add_rfc3339(&until, answer->next_update);
	if (asked->site && answer->status == PKI_OCSP_REVOKED)
		doctor_say(asked->doctor, DOCTOR_FAILURE, "ocsp", "who checks refuses the site: xica cert show says why; let xicad make another, or renew it",
			   "%s says that the site's certificate is revoked", asked->url);
	else if (asked->site && answer->status != PKI_OCSP_GOOD)
		doctor_say(asked->doctor, DOCTOR_FAILURE, "ocsp", "does the database lack it? 'xica audit verify' says so", "%s does not know the site's certificate", asked->url);
	else
		doctor_say(asked->doctor, DOCTOR_OK, "ocsp", NULL, "%s answers for issuer %s%s, well signed, good until %s", asked->url, asked->issuer->id,
			   asked->site ? ": the site's certificate is good" : "", buf_cstr(&until));
}

static void judge(const struct asked *asked, struct view der)
{
	const struct pki_ocsp_question question = {.issuer = asked->issuer->certificate, .serial = asked->serial, .now = clock_now(), .slack = DOCTOR_CLOCK_SLACK};
	struct pki_ocsp_answer answer;
	int error = pki_ocsp_answer_judge(der, &question, &answer);
	if (error)
		doctor_say(asked->doctor, DOCTOR_FAILURE, "ocsp", NULL, "issuer %s: %s", asked->issuer->id, xica_strerror(error));
	else if (answer.fault != PKI_OCSP_SOUND)
		doctor_say(asked->doctor, DOCTOR_FAILURE, "ocsp", advice_on(answer.fault), "%s gives no answer for issuer %s that can be believed: %s", asked->url,
			   asked->issuer->id, answer.why);
	else
		tell_status(asked, &answer);
}

void doctor_ocsp(struct doctor *doctor, const struct ca_issuer *issuer)
{
	struct pki_certificate certificate;
	struct doctor_reply reply;
	cleanup_buf url = BUF_INIT, question = BUF_INIT, der = BUF_INIT;
	buf_addf(&url, "%s" PKI_PATH_OCSP, doctor->http_url);
	if (!doctor->config->ocsp || !buf_cstr(&url))
		return;
	struct asked asked = {doctor, issuer, buf_cstr(&url), VIEW_LIT("\x01"), false};
	asked.site = read_site_certificate(&asked, &der, &certificate);
	if (asked.site)
		asked.serial = certificate.serial;
	if (write_request(&asked, &question) || doctor_fetch(doctor, "ocsp", asked.url, buf_view(&question), &reply))
		return;
	judge(&asked, buf_view(&reply.body));
	buf_free(&reply.body);
}
