// Documents that every front serves on the HTTP port: CA certificates and CRLs. Pushed when a front comes and whenever one changes, whole, so that a front
// swaps the old for the new at once.
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/shared_bytes.h"
#include "pki/build.h"
#include "pki/certificate.h"
#include "pki/certs_only.h"
#include "pki/pem.h"
#include "role/registrar/registrar.h"

enum { SHARED_FROM = 64 * 1024 }; // bytes: a CRL of many entries; all else is short

struct publication {
	struct publication *next;
	char *path;
	struct buf message; // IPC_PUBLISH as it is sent
	int fd;             // of the body, where all fronts read it from the same memory; -1: it stands in the message
};

static struct publication *find_or_add(struct registrar *registrar, const char *path)
{
	struct publication *publication = registrar->publications;
	while (publication && !view_equal(view_str(publication->path), view_str(path)))
		publication = publication->next;
	if (publication)
		return publication;
	publication = calloc(1, sizeof(*publication));
	if (!publication || !(publication->path = strdup(path))) {
		free(publication);
		return NULL;
	}
	publication->fd = -1;
	publication->next = registrar->publications;
	registrar->publications = publication;
	return publication;
}

static void close_body(struct publication *publication)
{
	if (publication->fd >= 0)
		(void)close(publication->fd);
	publication->fd = -1;
}

void registrar_publications_free(struct registrar *registrar)
{
	while (registrar->publications) {
		struct publication *publication = registrar->publications;
		registrar->publications = publication->next;
		free(publication->path);
		buf_free(&publication->message);
		close_body(publication);
		free(publication);
	}
}

static void push(struct ipc_channel *front, const struct publication *publication)
{
	size_t fd_count = publication->fd >= 0;
	int error = publication->message.len ? ipc_channel_send_fds(front, &publication->message, &publication->fd, fd_count) : XICA_OK;
	if (error && error != XICA_ECLOSED) // one that went gets all when it is back
		log_error("%s could not be handed to a front: %s", publication->path, xica_strerror(error));
}

// Behind all that there is at this moment.
static void tell_whole(struct ipc_channel *front)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_PUBLISH, 0);
	ipc_message_add_str(&message, IPC_URL, "/");
	int error = ipc_channel_send(front, &message);
	if (error && error != XICA_ECLOSED)
		log_error("a front could not be told that it has all documents: %s", xica_strerror(error));
}

void registrar_publish_all(struct registrar *registrar, struct ipc_channel *front)
{
	for (const struct publication *publication = registrar->publications; publication; publication = publication->next)
		push(front, publication);
	tell_whole(front);
}

int registrar_publish(struct registrar *registrar, const char *path, const char *content_type, struct view body, xica_time modified,
		      xica_time expires)
{
	struct publication *publication = find_or_add(registrar, path);
	if (!publication)
		return XICA_ENOMEM;
	buf_clear(&publication->message);
	close_body(publication);
	if (body.len >= SHARED_FROM) {
		int failed = shared_bytes_make(body, "xica-document", &publication->fd);
		if (failed)
			return failed;
	}
	ipc_message_begin(&publication->message, IPC_PUBLISH, 0);
	ipc_message_add_str(&publication->message, IPC_URL, path);
	ipc_message_add_str(&publication->message, IPC_CONTENT_TYPE, content_type);
	if (publication->fd < 0)
		ipc_message_add(&publication->message, IPC_BODY, body);
	ipc_message_add_u64(&publication->message, IPC_TIME, (uint64_t)modified);
	if (expires)
		ipc_message_add_u64(&publication->message, IPC_EXPIRES, (uint64_t)expires);
	int error = buf_error(&publication->message);
	for (unsigned i = 0; !error && i < REGISTRAR_FRONTS_MAX; i++)
		if (registrar->fronts[i])
			push(registrar->fronts[i], publication);
	return error;
}

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
