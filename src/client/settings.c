// settings.json of a lineage: how its certificate was got.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "client/lineage.h"
#include "jose/jws.h"

enum { SETTINGS_MAX = 65536 };

static const struct {
	const char *name;
	size_t offset;
} TEXTS[] = {
#define TEXT(member) {#member, offsetof(struct client_settings, member)}
	TEXT(server), TEXT(profile), TEXT(proof), TEXT(webroot), TEXT(hook), TEXT(challenges), TEXT(ca_file), TEXT(chain), TEXT(email),
	TEXT(key), TEXT(server_config), TEXT(check), TEXT(reload),
#undef TEXT
};

static const char **text_at(struct client_settings *settings, size_t index)
{
	return (const char **)(void *)((char *)settings + TEXTS[index].offset);
}

// --- reading

static int read_names(struct client_lineage *lineage, const json_t *list)
{
	struct client_settings *settings = &lineage->settings;
	const json_t *name;
	size_t i;
	settings->name_count = json_array_size(list);
	settings->names = arena_array(&lineage->arena, settings->name_count + 1, sizeof(*settings->names));
	if (!settings->names)
		return XICA_ENOMEM;
	json_array_foreach(list, i, name)
		if (!(settings->names[i] = arena_strdup(&lineage->arena, view_str(json_string_value(name)))))
			return XICA_ENOMEM;
	return settings->name_count ? XICA_OK : XICA_EPARSE;
}

static unsigned read_port(const json_t *json, const char *name, unsigned usual)
{
	json_int_t port = json_integer_value(json_object_get(json, name));
	return port > 0 && port < 65536 ? (unsigned)port : usual;
}

static int read_settings(struct client_lineage *lineage, const json_t *json)
{
	struct client_settings *settings = &lineage->settings;
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++) {
		const char *text = json_string_value(json_object_get(json, TEXTS[i].name));
		if (text && !(*text_at(settings, i) = arena_strdup(&lineage->arena, view_str(text))))
			return XICA_ENOMEM;
	}
	settings->http_port = read_port(json, "http_port", 80);
	settings->tls_port = read_port(json, "tls_port", 443);
	return settings->server ? read_names(lineage, json_object_get(json, "names")) : XICA_EPARSE;
}

static const char *path_of(struct client_lineage *lineage)
{
	return arena_printf(&lineage->arena, "%s/settings.json", lineage->folder);
}

int client_lineage_open(struct client_lineage *lineage, const char *config_dir, const char *name, struct client_trouble *trouble)
{
	cleanup_buf text = BUF_INIT;
	lineage->name = arena_strdup(&lineage->arena, view_str(name));
	lineage->folder = arena_printf(&lineage->arena, "%s/certificates/%s", config_dir, name);
	const char *path = lineage->name && lineage->folder ? path_of(lineage) : NULL;
	if (!path)
		return XICA_ENOMEM;
	int error = file_read(path, SETTINGS_MAX, &text);
	if (error == XICA_ENOTFOUND)
		return client_trouble_is(trouble, error, "there is no certificate of this name in %s: get it by xica get", config_dir);
	if (error)
		return client_trouble_is(trouble, error, "%s can't be read: %s", path, strerror(errno));
	json_t *json = jose_json_parse(buf_view(&text));
	error = json ? read_settings(lineage, json) : XICA_EPARSE;
	json_decref(json);
	if (error == XICA_EPARSE)
		return client_trouble_is(trouble, error, "%s is broken: delete it, and get the certificate anew by xica get", path);
	return error ? error : client_lineage_read_names(lineage, trouble);
}

// --- writing

static json_t *settings_json(struct client_settings *settings)
{
	json_t *json = json_object(), *names = json_array();
	for (size_t i = 0; i < settings->name_count; i++)
		(void)json_array_append_new(names, json_string(settings->names[i]));
	(void)json_object_set_new(json, "names", names);
	for (size_t i = 0; i < sizeof(TEXTS) / sizeof(TEXTS[0]); i++)
		if (*text_at(settings, i))
			(void)json_object_set_new(json, TEXTS[i].name, json_string(*text_at(settings, i)));
	(void)json_object_set_new(json, "http_port", json_integer(settings->http_port));
	(void)json_object_set_new(json, "tls_port", json_integer(settings->tls_port));
	return json;
}

int client_lineage_save_settings(struct client_lineage *lineage, struct client_trouble *trouble)
{
	const char *path = path_of(lineage);
	json_t *json = settings_json(&lineage->settings);
	char *text = json ? json_dumps(json, JSON_INDENT(2) | JSON_SORT_KEYS) : NULL;
	json_decref(json);
	if (!path || !text) {
		free(text);
		return XICA_ENOMEM;
	}
	cleanup_buf lines = BUF_INIT;
	buf_addf(&lines, "%s\n", text);
	free(text);
	int error = buf_error(&lines) ? XICA_ENOMEM : file_replace(path, 0600, buf_view(&lines));
	return error ? client_trouble_is(trouble, error, "%s can't be written: %s", path, strerror(errno)) : XICA_OK;
}
