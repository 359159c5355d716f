#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "client/renewal.h"
#include "jose/jws.h"

enum { FILE_MAX = 65536 };

static const char *path_of(const char *folder, struct arena *arena)
{
	return arena_printf(arena, "%s/renewal.json", folder);
}

static int read_renewal(const json_t *json, const char *id, struct arena *arena, struct client_renewal *ret_renewal)
{
	const char *of = json_string_value(json_object_get(json, "certificate"));
	const char *url = json_string_value(json_object_get(json, "explanation_url"));
	struct client_renewal renewal = {.at = 0};
	if (!of || strcmp(of, id) || clock_parse_rfc3339(view_str(json_string_value(json_object_get(json, "at"))), &renewal.at) ||
	    clock_parse_rfc3339(view_str(json_string_value(json_object_get(json, "ask_again"))), &renewal.ask_again))
		return XICA_ENOTFOUND;
	if (url && !(renewal.explanation_url = arena_strdup(arena, view_str(url))))
		return XICA_ENOMEM;
	*ret_renewal = renewal;
	return XICA_OK;
}

int client_renewal_load(const char *folder, const struct client_chain *chain, struct arena *arena, struct client_renewal *ret_renewal)
{
	cleanup_buf text = BUF_INIT, id = BUF_INIT;
	const char *path = path_of(folder, arena);
	int error = path ? client_renewal_id(chain, &id) : XICA_ENOMEM;
	if (error || !buf_cstr(&id))
		return error ? error : XICA_ENOMEM;
	if (file_read(path, FILE_MAX, &text))
		return XICA_ENOTFOUND;
	json_t *json = jose_json_parse(buf_view(&text));
	error = read_renewal(json, buf_cstr(&id), arena, ret_renewal);
	json_decref(json);
	return error;
}

static json_t *renewal_json(const char *id, const struct client_renewal *renewal)
{
	cleanup_buf at = BUF_INIT, again = BUF_INIT;
	clock_add_rfc3339(&at, renewal->at);
	clock_add_rfc3339(&again, renewal->ask_again);
	if (!buf_cstr(&at) || !buf_cstr(&again))
		return NULL;
	return json_pack("{s:s, s:s, s:s, s:s*}", "certificate", id, "at", buf_cstr(&at), "ask_again", buf_cstr(&again), "explanation_url",
			 renewal->explanation_url);
}

int client_renewal_save(const char *folder, const struct client_chain *chain, const struct client_renewal *renewal)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf id = BUF_INIT;
	const char *path = path_of(folder, &arena);
	int error = path ? client_renewal_id(chain, &id) : XICA_ENOMEM;
	if (error)
		return error;
	json_t *json = buf_cstr(&id) ? renewal_json(buf_cstr(&id), renewal) : NULL;
	char *text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
	error = text ? file_replace(path, 0600, view_str(text)) : XICA_ENOMEM;
	free(text);
	json_decref(json);
	return error;
}
