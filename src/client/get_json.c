// What came of it, for scripts.
#include "base/hex.h"
#include "client/get.h"

const char *client_outcome_text(enum client_outcome outcome)
{
	switch (outcome) {
	case CLIENT_ISSUED: return "issued";
	case CLIENT_KEPT: return "kept";
	case CLIENT_TRIED: return "tried";
	case CLIENT_FAILED: break;
	}
	return "failed";
}

static void set_time(json_t *json, const char *name, xica_time time)
{
	cleanup_buf text = BUF_INIT;
	clock_add_rfc3339(&text, time);
	(void)json_object_set_new(json, name, json_string(buf_cstr(&text)));
}

static void set_path(json_t *json, const char *name, const struct client_lineage *lineage, const char *file)
{
	cleanup_buf path = BUF_INIT;
	buf_addf(&path, "%s/current/%s", lineage->folder, file);
	(void)json_object_set_new(json, name, json_string(buf_cstr(&path)));
}

static void add_certificate(json_t *json, const struct client_lineage *lineage)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_trouble none = CLIENT_TROUBLE_INIT;
	cleanup_buf serial = BUF_INIT;
	struct client_chain chain;
	if (client_lineage_chain(lineage, &arena, &chain, &none))
		return;
	hex_encode(&serial, chain.list[0].serial);
	(void)json_object_set_new(json, "serial", json_string(buf_cstr(&serial)));
	set_time(json, "not_before", chain.list[0].not_before);
	set_time(json, "not_after", chain.list[0].not_after);
	set_path(json, "key", lineage, "key.pem");
	set_path(json, "cert", lineage, "cert.pem");
	set_path(json, "chain", lineage, "chain.pem");
	set_path(json, "fullchain", lineage, "fullchain.pem");
}

json_t *client_get_json(const struct client_lineage *lineage, const struct client_got *got, struct client_trouble *trouble)
{
	json_t *names = json_array();
	for (size_t i = 0; i < lineage->settings.name_count; i++)
		(void)json_array_append_new(names, json_string(lineage->settings.names[i]));
	json_t *json = json_pack("{s:s, s:o, s:s, s:s*, s:s*}", "name", lineage->name, "names", names, "status", client_outcome_text(got->outcome), "server",
				 lineage->settings.server, "proof", lineage->settings.proof);
	add_certificate(json, lineage);
	if (lineage->settings.server_config) {
		(void)json_object_set_new(json, "installed", json_boolean(got->installed));
		(void)json_object_set_new(json, "checked", json_boolean(got->checked));
	}
	if (got->renew_at && got->outcome == CLIENT_KEPT)
		set_time(json, "renew_at", got->renew_at);
	if (got->explanation_url)
		(void)json_object_set_new(json, "explanation_url", json_string(got->explanation_url));
	if (got->outcome == CLIENT_FAILED)
		(void)json_object_set_new(json, "error", json_string(client_trouble_text(trouble)));
	else if (got->hooks_failed)
		(void)json_object_set_new(json, "warning", json_string(client_trouble_text(trouble)));
	if (trouble->problem)
		(void)json_object_set(json, "problem", trouble->problem);
	return json;
}
