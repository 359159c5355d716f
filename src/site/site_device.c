#include "site/site_device.h"

#include "site/site_session.h"
#include "site/site_tell.h"
#include "site/site_try.h"
#include "store/device.h"

static const char DEVICE_COOKIE[] = "__Host-device";
enum { DEVICE_LIFETIME = 2 * 365 * XICA_DAY, AGENT_MAX = 200, DEVICES_MAX = 100 };

// The hash of the browser's cookie, which is given (again).
static int know(struct site_request *request, uint8_t ret_hash[STORE_HASH_LEN])
{
	struct view text = site_cookie(request, DEVICE_COOKIE);
	int error = site_token_hash(text, ret_hash);
	if (error == XICA_ENOTFOUND)
		error = site_token_new(request, &text, ret_hash);
	return error ? error : site_set_cookie(request, DEVICE_COOKIE, text, DEVICE_LIFETIME);
}

static int letter(struct store_txn *txn, struct site_request *request, const struct store_person *person, struct view agent)
{
	const char *url = request->site->config->url;
	const char *unsubscribe = arena_printf(&request->arena, "%s/api/unsubscribe?token=%.*s&notice=new-device", url, VIEW_FMT(person->unsubscribe));
	const char *page = arena_printf(&request->arena, "%s/unsubscribe#%.*s.new-device", url, VIEW_FMT(person->unsubscribe));
	if (!unsubscribe || !page)
		return XICA_ENOMEM;
	const struct site_value values[] = {{"remote", request->remote}, {"agent", agent}, {"time", site_time_text(request)},
					    {"unsubscribe", view_str(unsubscribe)}, {"unsubscribe_page", view_str(page)}, {NULL}};
	return site_letter_to(txn, request, person, "new-device", values);
}

static int tell(struct store_txn *txn, struct site_request *request, const struct store_person *person)
{
	struct view agent = view_sub(request->agent, 0, AGENT_MAX);
	bool may = false;
	int error = site_event(txn, request, person->id, "new-device", json_pack("{s:o}", "agent", site_json_text(agent)));
	if (error || !(person->notices & STORE_NOTIFY_NEW_DEVICE))
		return error;
	error = site_try_letter(txn, request, SITE_TRY_NOTICE, person->key, &may); // some browsers never keep a cookie
	return error || !may ? error : letter(txn, request, person, agent);
}

int site_device_see(struct store_txn *txn, struct site_request *request, const struct store_person *person, struct view *ret_device)
{
	uint8_t hash[STORE_HASH_LEN];
	bool any = false, is_new = false;
	int error = know(request, hash);
	if (!error)
		error = store_device_any(txn, person->id, &any);
	if (!error)
		error = store_device_see(txn, person->id, hash, request->now, &is_new);
	if (!error && any && is_new)
		error = tell(txn, request, person);
	struct view device = arena_copy(&request->arena, view_bytes(hash, sizeof(hash)));
	if (error || !device.ptr)
		return error ? error : XICA_ENOMEM;
	*ret_device = device;
	return XICA_OK;
}

int site_device_known(struct store_txn *txn, struct site_request *request, int64_t person, struct view *ret_device)
{
	uint8_t hash[STORE_HASH_LEN];
	struct store_device *list;
	size_t count;
	*ret_device = VIEW_NONE;
	int error = site_token_hash(site_cookie(request, DEVICE_COOKIE), hash);
	if (error)
		return error == XICA_ENOTFOUND ? XICA_OK : error;
	error = store_device_list(txn, person, DEVICES_MAX, &request->arena, &list, &count);
	for (size_t i = 0; !error && i < count; i++)
		if (view_equal(view_bytes(list[i].hash, STORE_HASH_LEN), view_bytes(hash, STORE_HASH_LEN)))
			*ret_device = view_bytes(list[i].hash, STORE_HASH_LEN);
	return error;
}
