// What was done in a person's account, for the person's own eyes.
#include "site/site.h"
#include "store/event.h"

enum { PAGE = 50 };

static json_t *detail_json(const struct store_event *event)
{
	json_t *detail = json_loadb((const char *)event->detail.ptr, event->detail.len, 0, NULL);
	return detail ? detail : json_object();
}

static int list_events(struct store_txn *txn, struct site_request *request)
{
	struct store_event *events;
	struct view cursor = site_query(request, "after");
	int64_t before = 0;
	size_t count;
	if (cursor.len && acme_url_parse_id(cursor, &before))
		return XICA_ENOTFOUND;
	int error = store_event_list(txn, request->person.id, before, PAGE, &request->arena, &events, &count);
	if (error)
		return error;
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++)
		(void)json_array_append_new(list, json_pack("{s:I, s:o, s:o, s:o}", "time", (json_int_t)events[i].time, "what", site_json_text(events[i].what),
							    "detail", detail_json(&events[i]), "remote", site_json_text(events[i].remote)));
	json_t *answer = json_pack("{s:o}", "events", list);
	if (count == PAGE)
		(void)json_object_set_new(answer, "next", json_sprintf("%lld", (long long)events[count - 1].id));
	return site_answer(request, answer);
}

const struct site_route site_history[] = {
	{HTTP_METHOD_GET, "/api/history", SITE_SESSION, list_events, false},
	{0},
};
