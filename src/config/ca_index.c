#include "config/ca_index.h"

#include <string.h>

#include "base/file.h"
#include "base/hex.h"
#include "pki/build.h"
#include "pki/extension.h"

enum { INDEX_MAX_LEN = 1 << 20 };

int ca_id(struct view spki, char ret_id[CA_ID_LEN + 1])
{
	uint8_t key_id[PKI_KEY_ID_LEN];
	cleanup_buf hex = BUF_INIT;
	int error = pki_key_id(spki, key_id);
	if (error)
		return error;
	hex_encode(&hex, view_bytes(key_id, CA_ID_LEN / 2));
	error = buf_error(&hex);
	if (error)
		return error;
	memcpy(ret_id, hex.ptr, CA_ID_LEN);
	ret_id[CA_ID_LEN] = 0;
	return XICA_OK;
}

const char *ca_index_path(const char *dir, const char *folder, const char *name, struct arena *arena)
{
	if (name[0] == '/')
		return arena_strdup(arena, view_str(name));
	if (!folder)
		return arena_printf(arena, "%s/%s", dir, name);
	return arena_printf(arena, "%s/%s/%s", dir, folder, name);
}

static bool is_file_name(const json_t *value)
{
	const char *name = json_string_value(value);
	return name && name[0] && name[0] != '.' && !strchr(name, '/');
}

static bool is_key_path(const json_t *value)
{
	const char *name = json_string_value(value);
	return is_file_name(value) || (name && name[0] == '/');
}

static bool is_id(const json_t *value)
{
	const char *id = json_string_value(value);
	return id && strlen(id) == CA_ID_LEN && strspn(id, "0123456789abcdef") == CA_ID_LEN;
}

static bool is_chain(const json_t *chain)
{
	size_t i;
	json_t *name;
	if (!json_is_array(chain) || json_array_size(chain) < 1 || json_array_size(chain) > CA_CHAIN_MAX)
		return false;
	json_array_foreach(chain, i, name)
		if (!is_file_name(name))
			return false;
	return true;
}

static bool is_issuer(const json_t *issuer)
{
	const json_t *chains = json_object_get(issuer, "chains");
	size_t i;
	json_t *chain;
	if (!is_id(json_object_get(issuer, "id")) || !is_file_name(json_object_get(issuer, "key")))
		return false;
	if (!json_is_array(chains) || json_array_size(chains) < 1 || json_array_size(chains) > CA_LIST_MAX)
		return false;
	json_array_foreach(chains, i, chain)
		if (!is_chain(chain))
			return false;
	return true;
}

static bool is_revoked(const json_t *entry)
{
	return json_is_string(json_object_get(entry, "serial")) && json_is_integer(json_object_get(entry, "time")) &&
	       json_is_integer(json_object_get(entry, "reason"));
}

static bool is_list(const json_t *list, bool (*is_entry)(const json_t *entry))
{
	size_t i;
	json_t *entry;
	if (!json_is_array(list) || json_array_size(list) > CA_LIST_MAX)
		return false;
	json_array_foreach(list, i, entry)
		if (!is_entry(entry))
			return false;
	return true;
}

static bool is_root(const json_t *root)
{
	const json_t *key = json_object_get(root, "key"), *crl = json_object_get(root, "crl");
	const json_t *cross = json_object_get(root, "cross"), *revoked = json_object_get(root, "revoked");
	if ((cross && !is_list(cross, is_file_name)) || (revoked && !is_list(revoked, is_revoked)))
		return false;
	return is_id(json_object_get(root, "id")) && is_file_name(json_object_get(root, "certificate")) && (!key || is_key_path(key)) &&
	       (!crl || is_file_name(crl));
}

static bool is_request(const json_t *request)
{
	return is_id(json_object_get(request, "id")) && is_file_name(json_object_get(request, "key"));
}

static bool is_text_or_absent(const json_t *value)
{
	return !value || json_is_string(value);
}

static const char *misshape(const json_t *index)
{
	if (json_integer_value(json_object_get(index, "version")) != 1)
		return "its version is not 1";
	if (!is_text_or_absent(json_object_get(index, "name")) || !is_text_or_absent(json_object_get(index, "http_url")))
		return "its name or http_url is no text";
	if (!is_list(json_object_get(index, "issuers"), is_issuer))
		return "its list of issuers is malformed";
	if (!is_list(json_object_get(index, "roots"), is_root))
		return "its list of roots is malformed";
	if (!is_list(json_object_get(index, "requests"), is_request))
		return "its list of requests is malformed";
	return NULL;
}

int ca_index_read(const char *dir, json_t **ret_index, struct buf *why)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf text = BUF_INIT;
	const char *path = ca_index_path(dir, NULL, "ca.json", &arena);
	if (!path)
		return XICA_ENOMEM;
	int error = file_read(path, INDEX_MAX_LEN, &text);
	if (error) {
		buf_addf(why, "%s: %s", path, xica_strerror(error));
		return error;
	}
	json_error_t at;
	json_t *index = json_loadb((const char *)text.ptr, text.len, JSON_REJECT_DUPLICATES, &at);
	const char *wrong = index ? misshape(index) : "it is no JSON";
	if (wrong) {
		json_decref(index);
		buf_addf(why, "%s: %s", path, wrong);
		return XICA_EPARSE;
	}
	*ret_index = index;
	return XICA_OK;
}

int ca_index_write(const char *dir, const json_t *index)
{
	cleanup_arena arena = ARENA_INIT;
	const char *path = ca_index_path(dir, NULL, "ca.json", &arena);
	char *text = json_dumps(index, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	int error = path && text ? file_replace(path, 0644, view_str(text)) : XICA_ENOMEM;
	free(text);
	return error;
}

json_t *ca_index_new(void)
{
	return json_pack("{s:i, s:[], s:[], s:[]}", "version", 1, "issuers", "roots", "requests");
}

json_t *ca_index_find(const json_t *index, const char *list, const char *id)
{
	size_t i;
	json_t *entry;
	json_array_foreach(json_object_get(index, list), i, entry)
		if (!strcmp(json_string_value(json_object_get(entry, "id")), id))
			return entry;
	return NULL;
}
