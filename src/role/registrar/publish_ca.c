// The CA's own certificates and the roots' CRLs, as every front serves them.
#include "pki/build.h"
#include "pki/certificate.h"
#include "pki/certs_only.h"
#include "pki/pem.h"
#include "role/registrar/registrar.h"

static int publish_certificate(struct registrar *registrar, const char *id, struct view der)
{
	struct pki_certificate certificate;
	cleanup_buf path = BUF_INIT;
	const char *why;
	int error = pki_certificate_parse(der, &certificate, &why);
	if (error)
		return error;
	pki_path_ca(&path, id);
	if ((error = buf_error(&path)))
		return error;
	return registrar_publish(registrar, buf_cstr(&path), "application/pkix-cert", der, certificate.not_before, 0);
}

static int publish_root(struct registrar *registrar, const struct ca_root *root)
{
	cleanup_buf path = BUF_INIT;
	int error = publish_certificate(registrar, root->id, root->certificate);
	if (error || !root->crl.len)
		return error;
	pki_path_root_crl(&path, root->id);
	if ((error = buf_error(&path)))
		return error;
	return registrar_publish(registrar, buf_cstr(&path), "application/pkix-crl", root->crl, clock_now(), 0);
}

// All roots in one file for people to download, the newest first: in PEM, and as PKCS #7 for what reads that.
static int publish_roots(struct registrar *registrar)
{
	const struct ca_dir *ca = &registrar->ca;
	struct view certificates[CA_LIST_MAX];
	struct pki_certificate newest;
	cleanup_buf pem = BUF_INIT, p7b = BUF_INIT;
	const char *why;
	if (!ca->root_count)
		return XICA_OK;
	int error = pki_certificate_parse(ca->roots[0].certificate, &newest, &why);
	for (size_t i = 0; i < ca->root_count && i < CA_LIST_MAX; i++) {
		certificates[i] = ca->roots[i].certificate;
		pem_write(&pem, PEM_CERTIFICATE, certificates[i]);
	}
	if (error || (error = buf_error(&pem)) || (error = pki_certs_only_write(certificates, ca->root_count, &p7b)) ||
	    (error = registrar_publish(registrar, PKI_PATH_ROOTS_PEM, "application/x-pem-file", buf_view(&pem), newest.not_before, 0)))
		return error;
	return registrar_publish(registrar, PKI_PATH_ROOTS_P7B, "application/x-pkcs7-certificates", buf_view(&p7b), newest.not_before, 0);
}

// All of the CA's certificates, old and new: the roots that are ours, and the intermediates.
static int publish_whole(struct registrar *registrar)
{
	const struct ca_dir *ca = &registrar->ca;
	struct view certificates[2 * CA_LIST_MAX];
	size_t count = 0;
	struct pki_certificate newest;
	cleanup_buf p7b = BUF_INIT;
	const char *why;
	if (!ca->issuer_count)
		return XICA_OK;
	for (size_t i = 0; i < ca->root_count && i < CA_LIST_MAX; i++)
		certificates[count++] = ca->roots[i].certificate;
	for (size_t i = 0; i < ca->issuer_count && i < CA_LIST_MAX; i++)
		certificates[count++] = ca->issuers[i].certificate;
	int error = pki_certificate_parse(ca->issuers[0].certificate, &newest, &why);
	if (error || (error = pki_certs_only_write(certificates, count, &p7b)))
		return error;
	return registrar_publish(registrar, PKI_PATH_CA_P7B, "application/x-pkcs7-certificates", buf_view(&p7b), newest.not_before, 0);
}

int registrar_publish_ca(struct registrar *registrar)
{
	int error = publish_roots(registrar);
	if (!error)
		error = publish_whole(registrar);
	for (size_t i = 0; !error && i < registrar->ca.issuer_count; i++)
		error = publish_certificate(registrar, registrar->ca.issuers[i].id, registrar->ca.issuers[i].certificate);
	for (size_t i = 0; !error && i < registrar->ca.root_count; i++)
		error = publish_root(registrar, &registrar->ca.roots[i]);
	return error;
}
