#include "inspect/pass.h"

#include <glob.h>
#include <string.h>

#include "base/base64url.h"
#include "base/file.h"
#include "pki/pem.h"

// The certificate of one that is no longer in the index: it stays in the folder when it is retired.
static int read_retired(const struct inspect_pass *run, const char *id, struct buf *der)
{
	cleanup_buf pattern = BUF_INIT, pem = BUF_INIT;
	glob_t found;
	buf_addf(&pattern, "%s/certificates/issuer-%s-*.pem", run->options->ca_path, id);
	if (strspn(id, "0123456789abcdef") != strlen(id) || !*id || !buf_cstr(&pattern) || glob(buf_cstr(&pattern), 0, NULL, &found))
		return XICA_ENOTFOUND;
	int error = found.gl_pathc ? file_read(found.gl_pathv[0], 1 << 20, &pem) : XICA_ENOTFOUND;
	globfree(&found);
	struct view cursor = buf_view(&pem);
	return error ? error : pem_read(&cursor, PEM_CERTIFICATE, der);
}

// DER, borrowed until the next call; empty: there is none. (Certificates of one issuer stand together: the last one that was read is kept.)
static struct view issuer_of(struct inspect_pass *run, const char *id)
{
	const struct ca_issuer *issuer = ca_dir_issuer(run->options->ca, view_str(id));
	if (issuer)
		return issuer->certificate;
	if (run->retired_id.len && view_equal_str(buf_view(&run->retired_id), id))
		return buf_view(&run->retired);
	buf_clear(&run->retired);
	buf_clear(&run->retired_id);
	buf_add_str(&run->retired_id, id);
	if (read_retired(run, id, &run->retired))
		buf_clear(&run->retired);
	return buf_view(&run->retired);
}

void inspect_signature(struct inspect_pass *run, const struct inspect_issue *issue, const struct pki_certificate *certificate)
{
	struct pki_certificate parent;
	const char *why;
	struct view issuer = issuer_of(run, issue->issuer);
	if (!issuer.len || pki_certificate_parse(issuer, &parent, &why)) {
		inspect_say(&run->subject, "issuer", "there is no issuer %s in the CA's folder", issue->issuer);
		return;
	}
	if (pki_certificate_signed_by(certificate, &parent))
		inspect_say(&run->subject, "signature", "the certificate is not signed by its issuer");
	if (!view_equal(certificate->issuer, parent.subject))
		inspect_say(&run->subject, "issuer", "the certificate names another issuer");
	struct view serial = certificate->serial;
	if (serial.len > 1 && !serial.ptr[0])
		serial = view_sub(serial, 1, SIZE_MAX);
	if (!view_equal(serial, issue->serial))
		inspect_say(&run->subject, "serial", "the certificate has another serial number");
}

void inspect_responder(struct inspect_pass *run, const json_t *line)
{
	cleanup_buf der = BUF_INIT;
	struct pki_certificate certificate, parent;
	const char *why, *id = json_string_value(json_object_get(line, "issuer"));
	struct view issuer = issuer_of(run, id ? id : "");
	if (base64_decode(view_str(json_string_value(json_object_get(line, "certificate"))), &der) || pki_certificate_parse(buf_view(&der), &certificate, &why) ||
	    !issuer.len || pki_certificate_parse(issuer, &parent, &why) || pki_certificate_signed_by(&certificate, &parent))
		inspect_say(&run->subject, "responder", "the certificate of an OCSP responder can't be read, or is not its issuer's");
}
