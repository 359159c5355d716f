// The sections of the web site and its letters: mail { } and site { }.
#include <string.h>

#include "config/number.h"
#include "config/reader.h"
#include "config/value.h"

enum { SUBMISSION_PORT = 587, SUBMISSIONS_PORT = 465 }; // RFC 6409, RFC 8314

cfg_opt_t config_mail_options[] = {CONFIG_TEXT("relay", relay), CONFIG_TEXT("user", text), CONFIG_TEXT("password-file", path),
	CONFIG_TEXT("from", mailbox), CONFIG_NUMBER("tls", mail_tls), CONFIG_TEXT("trust", path), CONFIG_NUMBER("code-challenge", bool), CFG_END()};
cfg_opt_t config_site_options[] = {CONFIG_NUMBER("sign-up", bool), CFG_END()};

static cfg_t *section(struct config_reader *reader, const char *name)
{
	return config_reader_has(reader->root, name) ? cfg_getsec(reader->root, name) : NULL;
}

// The value's callback has seen that it is one: scheme, host or [address], and perhaps a port.
static int split_relay(struct config_reader *reader, struct config *config)
{
	const char *at = strstr(config->mail_relay, "://") + 3;
	bool bracket = *at == '[';
	size_t len = bracket ? strcspn(++at, "]") : strcspn(at, ":");
	config->mail_relay_tls = view_starts(view_str(config->mail_relay), VIEW_LIT("smtps:"));
	config->mail_relay_host = arena_strdup(reader->arena, view_bytes(at, len));
	long port = config->mail_relay_tls ? SUBMISSIONS_PORT : SUBMISSION_PORT;
	at += len + bracket;
	if (!config->mail_relay_host || (*at == ':' && config_number_parse(at + 1, 1, 65535, &port)))
		return XICA_ENOMEM;
	config->mail_relay_port = (unsigned)port;
	return XICA_OK;
}

static bool is_loopback(const char *host)
{
	return !strcmp(host, "localhost") || !strcmp(host, "::1") || !strncmp(host, "127.", 4);
}

static int read_relay(struct config_reader *reader, cfg_t *mail, struct config *config)
{
	int error = split_relay(reader, config);
	if (error)
		return error;
	if (!config->mail_tls && config->mail_relay_tls)
		return config_reader_refuse(reader, mail, "an smtps relay speaks TLS: tls = none is for smtp");
	if (!config->mail_tls && !config->dev && !is_loopback(config->mail_relay_host))
		return config_reader_refuse(reader, mail, "tls = none is for a relay on this machine alone");
	if (!config->mail_user != !config->mail_password_file)
		return config_reader_refuse(reader, mail, "user and password-file belong together");
	if (!config->dev && !config_reader_has(mail, "from"))
		return config_reader_refuse(reader, mail, "from is missing: who the letters are from, as \"xica <ca@example.org>\"");
	return XICA_OK;
}

static const char *default_from(struct arena *arena, const char *url)
{
	const char *host = strstr(url, "://") + 3;
	return arena_printf(arena, "xica <ca@%.*s>", (int)strcspn(host, ":/"), host);
}

int config_mail_read(struct config_reader *reader, struct config *config)
{
	cfg_t *mail = section(reader, "mail");
	config->mail_relay = config_reader_text(reader, mail, "relay", NULL);
	config->mail_user = config_reader_text(reader, mail, "user", NULL);
	config->mail_password_file = config_reader_text(reader, mail, "password-file", NULL);
	config->mail_from = config_reader_text(reader, mail, "from", default_from(reader->arena, config->url));
	config->mail_tls = config_reader_number(mail, "tls", true);
	config->mail_trust = config_reader_text(reader, mail, "trust", NULL);
	config->mail_code_challenge = config_reader_number(mail, "code-challenge", config->dev);
	if (config->mail_relay) {
		int error = read_relay(reader, mail, config);
		if (error)
			return error;
	} else if (config->dev) {
		config->mail_folder = arena_printf(reader->arena, "%s/mail", config->state_dir);
	}
	config->mail = config->mail_relay || config->mail_folder;
	if (mail && !config->mail)
		return config_reader_refuse(reader, mail, "relay is missing");
	return XICA_OK;
}

int config_site_read(struct config_reader *reader, struct config *config)
{
	config->sign_up = config_reader_number(section(reader, "site"), "sign-up", true);
	return XICA_OK;
}
