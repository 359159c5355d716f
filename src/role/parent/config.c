#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "role/parent/parent.h"
#include "site/mail_address.h"

enum { CONFIG_MAX_LEN = 1024 * 1024 };

static int read_text(const struct parent_options *options, struct buf *text)
{
	if (options->dev)
		return config_dev(options->dev, text);
	int error = file_read(options->config_file, CONFIG_MAX_LEN, text);
	if (error)
		log_error("can't read %s: %m", options->config_file);
	return error;
}

int parent_config_read(const struct parent_options *options, struct buf *text, struct config *ret_config)
{
	cleanup_buf why = BUF_INIT;
	int error = read_text(options, text);
	if (error)
		return error;
	error = config_parse(buf_view(text), options->dev ? "--dev" : options->config_file, ret_config, &why);
	if (error)
		log_error("%s", why.len ? buf_cstr(&why) : xica_strerror(error));
	return error;
}

static int check_user(const char *role, const char *user)
{
	if (!user)
		return XICA_OK;
	const struct passwd *entry = getpwnam(user);
	if (!entry) {
		log_error("users: %s: there is no user %s; make it: useradd --system --no-create-home --shell /usr/sbin/nologin %s", role, user, user);
		return XICA_EDENIED;
	}
	if (geteuid() != 0 && entry->pw_uid != geteuid()) {
		log_error("users: %s: only root can become %s; start xicad as root, or leave out users { }", role, user);
		return XICA_EDENIED;
	}
	return XICA_OK;
}

// What each role is locked out of, it must not reach as another one's user.
static void warn_of_shared_users(const struct config *config)
{
	const char *const users[] = {config->user_front, config->user_registrar, config->user_validator, config->user_signer, config->user_mailer,
		config->user_login};
	if (geteuid() != 0)
		return;
	for (size_t i = 0; i < sizeof(users) / sizeof(users[0]); i++) {
		if (!users[i]) {
			log_warning("users: not each role has a user of its own: what has none runs as root; see users in xicad.conf(5)");
			return;
		}
		for (size_t n = 0; n < i; n++)
			if (!strcmp(users[i], users[n])) {
				log_warning("users: %s stands for two roles: give each a user of its own", users[i]);
				return;
			}
	}
}

static int check_readable(const char *what, const char *path)
{
	if (!path || access(path, R_OK) == 0)
		return XICA_OK;
	log_error("%s: can't read %s: %m", what, path);
	return XICA_EIO;
}

static int check_mail(const struct config *config)
{
	cleanup_arena arena = ARENA_INIT;
	struct view name, address;
	int error = mail_address_parse_mailbox(view_str(config->mail_from), config->lenient_names, &arena, &name, &address);
	if (error) {
		log_error("mail: from: %s is no address", config->mail_from);
		return error;
	}
	error = check_readable("mail: password-file", config->mail_password_file);
	return error ? error : check_readable("mail: trust", config->mail_trust);
}

int parent_config_check_ca(const struct config *config)
{
	cleanup_buf why = BUF_INIT;
	struct ca_dir ca;
	int error = ca_dir_read(config->ca_dir, CA_DIR_PUBLIC, &ca, &why);
	if (!error)
		ca_dir_free(&ca);
	else if (error == XICA_ENOTFOUND)
		log_error("there is no CA in %s that can issue: make one by 'xica ca init --dir %s --name NAME'", config->ca_dir, config->ca_dir);
	else
		log_error("the CA can't be used: %s", why.len ? buf_cstr(&why) : xica_strerror(error));
	return error;
}

int parent_config_check(const struct config *config)
{
	int error = check_user("front", config->user_front);
	if (!error)
		error = check_user("registrar", config->user_registrar);
	if (!error)
		error = check_user("validator", config->user_validator);
	if (!error)
		error = check_user("signer", config->user_signer);
	if (!error)
		error = check_user("mailer", config->user_mailer);
	if (!error)
		error = check_user("login", config->user_login);
	if (!error && !config->dev)
		warn_of_shared_users(config);
	if (!error)
		error = check_readable("proof: trust-anchor", config->trust_anchor);
	if (!error && config->mail_relay)
		error = check_mail(config);
	if (!error && !config->own_certificate)
		error = check_readable("tls: certificate", config->tls_certificate);
	if (!error && !config->own_certificate)
		error = check_readable("tls: key", config->tls_key);
	if (!error && config->crash_at && !parent_has_crash_point(config->crash_at)) {
		log_error("development: crash-at: there is no point %s", config->crash_at);
		error = XICA_EINVAL;
	}
	return error;
}

int parent_test(const struct parent_options *options)
{
	cleanup_buf text = BUF_INIT;
	struct config config;
	log_open("xicad", LOG_LEVEL_INFO);
	if (parent_config_read(options, &text, &config))
		return 1;
	int error = parent_config_check(&config);
	if (!error)
		error = parent_config_check_ca(&config);
	bool has_ca = error != XICA_ENOTFOUND;
	if (!has_ca) // said, but no fault of the configuration: the ceremony may be still to come
		error = XICA_OK;
	config_free(&config);
	if (!error)
		(void)printf("xicad: %s is good%s\n", options->config_file, has_ca ? "" : ", but there is no CA yet");
	return error ? 1 : 0;
}

// --- reload

// What is held open for the life of the process can't move.
static bool stays_where_it_is(const struct config *old, const struct config *fresh)
{
	if (!strcmp(old->state_dir, fresh->state_dir) && !strcmp(old->receipt_key, fresh->receipt_key) &&
	    !strcmp(old->control_socket, fresh->control_socket))
		return true;
	log_error("state-dir, receipt-key and control-socket change by a restart alone");
	return false;
}

static void take(struct parent *parent, struct buf *text, struct config *config, struct parent_listeners *listeners)
{
	buf_free(&parent->config_text);
	config_free(&parent->config);
	parent_listen_close(&parent->listeners);
	parent->config_text = *text;
	parent->config = *config;
	parent->listeners = *listeners;
	*text = BUF_INIT;
	for (size_t i = 0; i < parent->role_count; i++)
		parent->roles[i].stale = parent->roles[i].pid != 0;
	parent->reloading = true;
}

void parent_config_reload(struct parent *parent)
{
	cleanup_buf text = BUF_INIT;
	struct config config = {0};
	struct parent_listeners listeners;
	parent->reload_again = parent->phase == PARENT_STARTING || parent->reloading;
	if (parent->reload_again)
		log_info("to be reloaded once all roles are up");
	if (parent->reload_again || parent->phase == PARENT_STOPPING)
		return;
	log_info("reloading");
	if (parent_config_read(parent->options, &text, &config) || parent_config_check(&config) || parent_config_check_ca(&config) ||
	    !stays_where_it_is(&parent->config, &config) || parent_listen_open(&config, &parent->listeners, &listeners)) {
		config_free(&config);
		log_error("not reloaded: the configuration stays what it was");
		return;
	}
	parent_notify_reloading();
	take(parent, &text, &config, &listeners);
	log_open("xicad", (enum log_level)parent->config.log_level);
	log_use_form((enum log_form)parent->config.log_form);
	if (parent->config.dev && parent_state_copy_root(&parent->config))
		log_warning("root.pem stays what it was");
	if (parent_own_open(parent))
		log_error("the site's certificate stays what it was");
	parent_advance(parent);
}
