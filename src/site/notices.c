// Which letters a person wants: switched on the page, or off by the link in a letter (RFC 8058), which needs no session.
#include "site/report.h"
#include "site/site_tell.h"

enum { TOKEN_LEN_MAX = 128 };

static int show(struct site_request *request, unsigned notices)
{
	json_t *list = json_object();
	for (unsigned bit = 1; bit <= STORE_NOTIFY_ALL; bit <<= 1)
		(void)json_object_set_new(list, site_notice_text(bit), json_boolean(notices & bit));
	return site_answer(request, json_pack("{s:o}", "notices", list));
}

static int show_notices(struct store_txn *txn, struct site_request *request)
{
	(void)txn;
	return show(request, request->person.notices);
}

static int change_notices(struct store_txn *txn, struct site_request *request)
{
	unsigned notices = request->person.notices;
	const char *name;
	json_t *value;
	json_object_foreach(request->body, name, value) {
		enum store_notify notify;
		if (site_notice_parse(view_str(name), &notify) || !json_is_boolean(value))
			return site_refuse_field(request, arena_strdup(&request->arena, view_str(name)), "malformed");
		notices = json_is_true(value) ? notices | notify : notices & ~(unsigned)notify;
	}
	int error = store_person_set_notices(txn, request->person.id, notices);
	if (!error && notices != request->person.notices)
		error = site_event(txn, request, request->person.id, "notices", NULL);
	return error ? error : show(request, notices);
}

// The token is the person's, of their letters alone; what is switched off already is no error: links are followed twice.
static int unsubscribe(struct store_txn *txn, struct site_request *request)
{
	struct view token = site_query(request, "token");
	struct store_person person;
	enum store_notify notify;
	if (!token.len || token.len > TOKEN_LEN_MAX)
		return XICA_ENOTFOUND;
	int error = site_notice_parse(site_query(request, "notice"), &notify);
	if (error || (error = store_person_by_unsubscribe(txn, token, &request->arena, &person)) || !(person.notices & notify))
		return error;
	error = store_person_set_notices(txn, person.id, person.notices & ~(unsigned)notify);
	return error ? error : site_event(txn, request, person.id, "notices", NULL);
}

const struct site_route site_notices[] = {
	{HTTP_METHOD_GET, "/api/notices", SITE_SESSION, show_notices, false},
	{HTTP_METHOD_POST, "/api/notices", SITE_SESSION, change_notices, false},
	{HTTP_METHOD_POST, "/api/unsubscribe", SITE_NOBODY, unsubscribe, true},
	{0},
};
