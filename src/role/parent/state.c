#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/shared_window.h"
#include "config/ca_dir_init.h"
#include "pki/pem.h"
#include "role/front/shared.h"
#include "role/parent/parent.h"
#include "validate/receipt.h"

// One xicad at a time in a state folder; the lock goes with the process.
static int lock_state(const char *path, int *ret_fd)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		log_error("can't use the state folder %s: %m", path);
		return XICA_EIO;
	}
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		log_error("another xicad uses the state folder %s: one at a time", path);
		(void)close(fd);
		return XICA_EEXIST;
	}
	*ret_fd = fd;
	return XICA_OK;
}

static int refuse_half_a_restore(const char *folder)
{
	cleanup_buf mark = BUF_INIT;
	buf_addf(&mark, "%s/" CONFIG_RESTORE_MARK, folder);
	if (!buf_cstr(&mark))
		return XICA_ENOMEM;
	if (!file_exists(buf_cstr(&mark)))
		return XICA_OK;
	log_error("%s is there: a restore was interrupted, and this CA is half the old and half the new one. Repeat xica restore; then xicad starts", buf_cstr(&mark));
	return XICA_EDENIED;
}

static int give_to(const char *path, const char *user)
{
	const struct passwd *entry = user && geteuid() == 0 ? getpwnam(user) : NULL;
	if (!entry || chown(path, entry->pw_uid, entry->pw_gid) == 0)
		return XICA_OK;
	log_error("can't give %s to %s: %m", path, user);
	return XICA_EIO;
}

static int make_folder(const char *path, mode_t mode, const char *owner)
{
	int error = file_make_folder(path, mode);
	if (error)
		log_error("can't make the folder %s: %m", path);
	return error ? error : give_to(path, owner);
}

static int make_folder_of(const char *file, mode_t mode, const char *owner)
{
	char folder[4096];
	const char *slash = strrchr(file, '/');
	size_t len = (size_t)(slash - file);
	if (!len || len >= sizeof(folder))
		return XICA_OK;
	memcpy(folder, file, len);
	folder[len] = 0;
	return make_folder(folder, mode, owner);
}

// The audit log is the signer's: it exists before the signer gives up the right to make files.
static int make_audit_log(const struct config *config)
{
	int error = file_create(config->audit_log, 0600, VIEW_NONE);
	if (error && error != XICA_EEXIST) {
		log_error("can't make the audit log %s: %m", config->audit_log);
		return error;
	}
	return give_to(config->audit_log, config->user_signer);
}

static int make_folders(const struct config *config)
{
	int error = make_folder_of(config->database, 0700, config->user_registrar);
	if (!error && config->own_certificate)
		error = make_folder_of(config->tls_key, 0700, NULL);
	if (!error && config->mail_folder)
		error = make_folder(config->mail_folder, 0700, config->user_mailer);
	return error ? error : make_audit_log(config);
}

static int make_receipt_key(const char *path, struct buf *key)
{
	uint8_t *at = buf_extend(key, RECEIPT_KEY_LEN);
	int error = at ? crypto_random(at, RECEIPT_KEY_LEN) : XICA_ENOMEM;
	return error ? error : file_create(path, 0600, buf_view(key));
}

static int open_receipt_key(const char *path, struct buf *key)
{
	int error = file_read(path, RECEIPT_KEY_LEN, key);
	if (error == XICA_ENOTFOUND)
		error = make_receipt_key(path, key);
	if (!error && key->len != RECEIPT_KEY_LEN)
		error = XICA_EPARSE;
	if (error)
		log_error("the key of the receipts, %s, can't be used: %s", path, xica_strerror(error));
	return error;
}

// --- development

int parent_state_make_ca(const struct config *config)
{
	cleanup_buf why = BUF_INIT;
	const struct ca_init init = {.dir = config->ca_dir, .name = "xica Development", .key_type = CRYPTO_KEY_P256, .http_url = config->http_url,
		.now = clock_now()};
	int error = ca_init(&init, &why);
	if (error == XICA_EEXIST)
		return XICA_OK;
	if (error)
		log_error("can't make a CA: %s", why.len ? buf_cstr(&why) : xica_strerror(error));
	else
		log_info("made a new CA in %s", config->ca_dir);
	return error;
}

static int write_root(const struct config *config, const struct ca_dir *ca)
{
	cleanup_buf pem = BUF_INIT, path = BUF_INIT;
	if (!ca->root_count) {
		log_warning("the root of this CA is another's: root.pem is not written; its peers need the certificate that signed the intermediate");
		return XICA_OK;
	}
	for (size_t i = 0; i < ca->root_count; i++)
		pem_write(&pem, PEM_CERTIFICATE, ca->roots[i].certificate);
	buf_addf(&path, "%s/root.pem", config->state_dir);
	if (buf_error(&pem) || !buf_cstr(&path))
		return XICA_ENOMEM;
	return file_replace(buf_cstr(&path), 0644, buf_view(&pem));
}

int parent_state_copy_root(const struct config *config)
{
	cleanup_buf why = BUF_INIT;
	struct ca_dir ca;
	int error = ca_dir_read(config->ca_dir, CA_DIR_PUBLIC, &ca, &why);
	if (!error) {
		error = write_root(config, &ca);
		ca_dir_free(&ca);
	}
	if (error)
		log_error("can't write root.pem: %s", why.len ? buf_cstr(&why) : xica_strerror(error));
	return error;
}

// --- what lives in memory alone

// All zero: no nonce was issued, and nobody has asked. It lives as long as the key does (acme/nonce.h).
static int open_fronts(struct parent *parent)
{
	if (shared_window_make("xica-fronts", sizeof(struct front_shared), &parent->fronts_fd)) {
		log_error("can't make the fronts' shared memory: %m");
		return XICA_EIO;
	}
	return crypto_random(parent->nonce_key, sizeof(parent->nonce_key));
}

static int open_metrics(struct parent *parent)
{
	if (!shared_window_make("xica-metrics", sizeof(struct metrics), &parent->metrics_fd))
		parent->metrics = metrics_map(parent->metrics_fd);
	if (!parent->metrics) {
		log_error("can't make the metrics' shared memory: %m");
		return XICA_EIO;
	}
	metrics_set(&parent->metrics->parent.started, clock_now());
	return XICA_OK;
}

int parent_state_open(struct parent *parent)
{
	const struct config *config = &parent->config;
	int error = make_folder(config->state_dir, 0755, NULL);
	if (!error)
		error = lock_state(config->state_dir, &parent->state_lock);
	if (!error)
		error = refuse_half_a_restore(config->state_dir);
	if (!error)
		error = make_folders(config);
	if (!error)
		error = open_receipt_key(config->receipt_key, &parent->receipt_key);
	if (!error && config->dev)
		error = parent_state_make_ca(config);
	if (!error && config->dev)
		error = parent_chaos_make_chains(config);
	if (!error && config->dev)
		error = parent_state_copy_root(config);
	if (!error)
		error = parent_config_check(config);
	if (!error)
		error = parent_config_check_ca(config);
	if (!error)
		error = open_fronts(parent);
	if (!error)
		error = open_metrics(parent);
	return error ? error : parent_listen_control(config->control_socket, &parent->control);
}
