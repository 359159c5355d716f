#include "site/site_tell.h"

#include <stdlib.h>

#include "store/event.h"
#include "store/mail.h"

static int dump(struct site_request *request, json_t *object, struct view *ret_text) // takes object
{
	char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;
	struct view kept = text ? arena_copy(&request->arena, view_str(text)) : VIEW_NONE;
	free(text);
	json_decref(object);
	if (!kept.ptr)
		return XICA_ENOMEM;
	*ret_text = kept;
	return XICA_OK;
}

int site_event(struct store_txn *txn, struct site_request *request, int64_t person, const char *what, json_t *detail)
{
	struct store_event event = {.person = person, .time = request->now, .what = view_str(what), .remote = request->remote};
	int error = dump(request, detail ? detail : json_object(), &event.detail);
	return error ? error : store_event_insert(txn, &event);
}

int site_letter(struct store_txn *txn, struct site_request *request, struct view to, const char *language, int64_t person, const char *letter,
		const struct site_value *values)
{
	struct store_mail mail = {.letter = view_str(letter), .language = view_str(language), .to = to, .person = person, .created = request->now,
				  .next_try = request->now};
	int64_t id;
	json_t *object = json_pack("{s:s}", "url", request->site->config->url);
	for (size_t i = 0; values[i].name; i++)
		if (json_object_set_new(object, values[i].name, site_json_text(values[i].text))) {
			json_decref(object);
			return XICA_ENOMEM;
		}
	int error = dump(request, object, &mail.values);
	if (!error)
		error = store_mail_insert(txn, &mail, &id);
	if (!error)
		request->mail_waits = true;
	return error;
}

int site_letter_to(struct store_txn *txn, struct site_request *request, const struct store_person *person, const char *letter,
		   const struct site_value *values)
{
	const char *language = arena_strdup(&request->arena, person->language);
	return language ? site_letter(txn, request, person->address, language, person->id, letter, values) : XICA_ENOMEM;
}

struct view site_page(struct site_request *request, const char *page)
{
	return view_str(arena_printf(&request->arena, "%s/%s", request->site->config->url, page));
}

struct view site_link(struct site_request *request, const char *page, struct view token)
{
	return view_str(arena_printf(&request->arena, "%s/%s#%.*s", request->site->config->url, page, VIEW_FMT(token)));
}

struct view site_time_text(struct site_request *request)
{
	cleanup_buf text = BUF_INIT;
	clock_add_rfc3339(&text, request->now);
	struct view t = buf_view(&text);
	return view_str(arena_printf(&request->arena, "%.*s %.*s UTC", VIEW_FMT(view_sub(t, 0, 10)), VIEW_FMT(view_sub(t, 11, 5))));
}
