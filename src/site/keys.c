// External account keys (RFC 8555 §7.3.4) that people make for their servers, and the pages for themselves: what is opened with one is the person's.
#include "site/acts.h"
#include "site/random_text.h"
#include "site/site_tell.h"
#include "store/eab.h"

enum { PAGE = 100, LIVE_MAX = 100, EVER_MAX = 1000, KID_BYTES = 12, MAC_KEY_BYTES = 32, NAME_CHARACTERS = 60, NAME_BYTES = 4 * NAME_CHARACTERS };

static int list_page(struct store_txn *txn, struct site_request *request, struct view after, struct store_eab **ret_keys, size_t *ret_count)
{
	return store_eab_list_own(txn, request->person.id, after, PAGE, &request->arena, ret_keys, ret_count);
}

static json_t *key_json(const struct store_eab *key)
{
	return json_pack("{s:o, s:o, s:I, s:b, s:o, s:o, s:b}", "kid", site_json_text(key->kid), "name", site_json_text(key->name), "created",
			 (json_int_t)key->created, "used", key->account != 0, "account", key->account ? json_integer(key->account) : json_null(), "revoked",
			 key->revoked ? json_integer(key->revoked) : json_null(), "browser", key->browser);
}

// All at once: there are never many.
static int list_keys(struct store_txn *txn, struct site_request *request)
{
	json_t *list = json_array();
	struct view after = VIEW_NONE;
	size_t count = 0;
	do {
		struct store_eab *keys;
		int error = list_page(txn, request, after, &keys, &count);
		if (error) {
			json_decref(list);
			return error;
		}
		for (size_t i = 0; i < count; i++)
			(void)json_array_append_new(list, key_json(&keys[i]));
		after = count ? keys[count - 1].kid : VIEW_NONE;
	} while (count == PAGE);
	const char *directory = acme_url_directory(&request->arena, request->site->config->url);
	return site_answer(request, json_pack("{s:o, s:s}", "keys", list, "directory", directory ? directory : ""));
}

// --- names

// The next character of text in UTF-8, which the JSON reader has checked.
static uint32_t take_character(struct view *text)
{
	uint8_t first = text->ptr[0];
	size_t len = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t character = len == 1 ? first : first & (0x7fU >> len);
	for (size_t i = 1; i < len && i < text->len; i++)
		character = character << 6 | (text->ptr[i] & 0x3f);
	*text = view_sub(*text, len, SIZE_MAX);
	return character;
}

// Control characters, ends of lines, and those that turn the direction of writing: what makes a name look like another.
static bool is_control(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static int read_name(struct site_request *request, struct view *ret_name)
{
	struct view name;
	size_t characters = 0;
	int error = site_text(request, "name", NAME_BYTES, &name);
	if (error)
		return error;
	for (struct view rest = name; rest.len; characters++)
		if (is_control(take_character(&rest)))
			return site_refuse_field(request, "name", "malformed");
	if (characters > NAME_CHARACTERS)
		return site_refuse_field(request, "name", "too-long");
	*ret_name = name;
	return XICA_OK;
}

// --- making one

static int check_room(struct store_txn *txn, struct site_request *request)
{
	struct view after = VIEW_NONE;
	size_t live = 0, ever = 0, count;
	do {
		struct store_eab *keys;
		int error = list_page(txn, request, after, &keys, &count);
		if (error)
			return error;
		for (size_t i = 0; i < count; i++)
			live += !keys[i].revoked;
		ever += count;
		after = count ? keys[count - 1].kid : VIEW_NONE;
	} while (count == PAGE && ever < EVER_MAX);
	return live < LIVE_MAX && ever < EVER_MAX ? XICA_OK : site_refuse(request, 409, "too-many-keys");
}

static int insert_key(struct store_txn *txn, struct site_request *request, struct view name, struct view mac_key, struct view mac_text)
{
	cleanup_buf kid_bytes = BUF_INIT, kid = BUF_INIT;
	int error = site_random_text(KID_BYTES, &kid_bytes, &kid);
	if (error)
		return error;
	const struct store_eab key = {.kid = buf_view(&kid), .mac_key = mac_key, .person = request->person.id, .name = name,
				      .browser = site_flag(request, "browser"), .created = request->now};
	if ((error = store_eab_create(txn, &key)) ||
	    (!key.browser && (error = site_event(txn, request, request->person.id, "key-made", json_pack("{s:o}", "key", site_json_text(name))))))
		return error;
	const char *directory = acme_url_directory(&request->arena, request->site->config->url);
	return site_answer(request, json_pack("{s:s, s:o, s:s}", "kid", buf_cstr(&kid), "mac_key", site_json_text(mac_text), "directory",
					      directory ? directory : ""));
}

static int make_key(struct store_txn *txn, struct site_request *request)
{
	struct buf mac_key = BUF_INIT, mac_text = BUF_INIT;
	struct view name;
	int error = read_name(request, &name);
	if (error || (error = check_room(txn, request)))
		return error;
	error = site_random_text(MAC_KEY_BYTES, &mac_key, &mac_text);
	if (!error)
		error = insert_key(txn, request, name, buf_view(&mac_key), buf_view(&mac_text));
	buf_wipe(&mac_key);
	buf_wipe(&mac_text);
	return error;
}

// --- changing one

static int rename_key(struct store_txn *txn, struct site_request *request)
{
	struct view name;
	int error = read_name(request, &name);
	if (error || (error = store_eab_rename(txn, request->person.id, request->parts[0], name)))
		return error;
	return site_event(txn, request, request->person.id, "key-renamed", json_pack("{s:o}", "key", site_json_text(name)));
}

// What was opened with the key could go on without it: so it ends too, also where an operator suspended it and might give it back.
static int end_account(struct store_txn *txn, const struct site_act *act, int64_t account)
{
	int error = account ? site_act_account(txn, act, account, STORE_ACCOUNT_VALID, STORE_ACCOUNT_DEACTIVATED) : XICA_OK;
	if (error == XICA_ECONFLICT)
		error = site_act_account(txn, act, account, STORE_ACCOUNT_REVOKED, STORE_ACCOUNT_DEACTIVATED);
	return error == XICA_ECONFLICT ? XICA_OK : error; // it has ended before
}

static int revoke_key(struct store_txn *txn, struct site_request *request)
{
	struct store_eab key;
	const char *by = arena_printf(&request->arena, "person %lld", (long long)request->person.id);
	const struct site_act act = {request->now, view_str(by)};
	if (!by)
		return XICA_ENOMEM;
	request->notes_wait = true;
	int error = store_eab_get_own(txn, request->person.id, request->parts[0], &request->arena, &key);
	if (error)
		return error;
	if (key.revoked)
		return site_refuse(request, 409, "already-revoked");
	if ((error = site_act_revoke_eab(txn, &act, key.kid)) || (error = end_account(txn, &act, key.account)))
		return error;
	return site_event(txn, request, request->person.id, "key-revoked", json_pack("{s:o}", "key", site_json_text(key.name)));
}

const struct site_route site_keys[] = {
	{HTTP_METHOD_GET, "/api/keys", SITE_SESSION, list_keys, false},
	{HTTP_METHOD_POST, "/api/keys", SITE_SESSION, make_key, false},
	{HTTP_METHOD_POST, "/api/keys/{}/rename", SITE_SESSION, rename_key, false},
	{HTTP_METHOD_POST, "/api/keys/{}/revoke", SITE_SESSION, revoke_key, false},
	{0},
};
