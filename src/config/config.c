#include "config/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/reader.h"

struct config_memory {
	struct arena arena;
};

// libconfuse hands its error function nothing but the section: here stands who reads, for the time of config_parse alone.
static struct config_reader *reading;

static void on_error(cfg_t *section, const char *format, va_list args)
{
	char text[512];
	if (!reading || reading->failed)
		return;
	reading->failed = true;
	(void)vsnprintf(text, sizeof(text), format, args);
	bool at_end = strstr(text, "'" CONFIG_END "'");
	buf_addf(reading->why, "%s:%d: %s", reading->name, section->line - at_end, at_end ? "the section's closing brace is missing" : text);
}

// libconfuse takes the file's end for the end of all that is open: so an option of our own stands there, and must be found outside of everything.
static int parse_text(struct config_reader *reader, struct view text)
{
	cleanup_buf copy = BUF_INIT;
	buf_add(&copy, text);
	buf_add_str(&copy, "\n" CONFIG_END " = true\n");
	const char *string = buf_cstr(&copy);
	if (!string)
		return XICA_ENOMEM;
	if (text.len && memchr(text.ptr, 0, text.len))
		return config_reader_refuse(reader, NULL, "has a NUL byte in it");
	if (cfg_parse_buf(reader->root, string) != CFG_SUCCESS)
		return config_reader_refuse(reader, NULL, "not readable");
	return config_reader_number(reader->root, CONFIG_END, false) ? XICA_OK : config_reader_refuse(reader, NULL, "ends in the middle");
}

static int read_all(struct config_reader *reader, struct view text, struct config *config)
{
	int error = parse_text(reader, text);
	if (!error)
		error = config_sections_read(reader, config);
	if (!error)
		error = config_profiles_read(reader, config);
	return error;
}

int config_parse(struct view text, const char *name, struct config *ret_config, struct buf *why)
{
	struct config config = {.memory = calloc(1, sizeof(*config.memory))};
	if (!config.memory)
		return XICA_ENOMEM;
	struct config_reader reader = {cfg_init(config_options, CFGF_NONE), name, &config.memory->arena, why, false};
	int error = XICA_ENOMEM;
	if (reader.root) {
		(void)cfg_set_error_function(reader.root, on_error);
		reading = &reader;
		error = read_all(&reader, text, &config);
		reading = NULL;
		(void)cfg_free(reader.root);
	}
	if (error) {
		config_free(&config);
		return error;
	}
	*ret_config = config;
	return XICA_OK;
}

void config_free(struct config *config)
{
	if (config->memory)
		arena_free(&config->memory->arena);
	free(config->memory);
	*config = (struct config){0};
}

const struct pki_profile *config_profile(const struct config *config, struct view name)
{
	for (size_t i = 0; i < config->profile_count; i++)
		if (!name.len || view_equal_str(name, config->profiles[i].name))
			return &config->profiles[i];
	return NULL;
}

bool config_offers(const struct config *config, enum receipt_method method)
{
	if (method == RECEIPT_EMAIL_01 && !config->mail_code_challenge)
		return false;
	return config->challenges & (UINT32_C(1) << method);
}

bool config_method_suffices(const struct config *config, const struct pki_profile *profile, const struct pki_identifier *identifier,
			    enum receipt_method method)
{
	if (method == RECEIPT_ASSUMED)
		return config->dev && config->assume_valid;
	if (method == RECEIPT_OPERATOR)
		return true;
	if (!config_offers(config, method)) // what is switched off proves nothing any more
		return false;
	bool service_alone = method == RECEIPT_XMPP_01 || method == RECEIPT_XMPP_TLS_01;
	if (!service_alone || identifier->type == PKI_IDENTIFIER_SRV)
		return true;
	return !config->trust_web && profile->srv_names;
}

size_t config_issuer_name_count(const struct config *config)
{
	enum { ISSUER_NAMES_MAX = 10 }; // draft-ietf-acme-dns-persist-02 §3.1
	return config->caa_identity_count < ISSUER_NAMES_MAX ? config->caa_identity_count : ISSUER_NAMES_MAX;
}

struct pki_site config_site(const struct config *config)
{
	return (struct pki_site){config->http_url, config->component_labels, config->component_label_count, config->crl_shards, config->ocsp};
}
