#include <stdlib.h>
#include <string.h>

#include "base/shared_bytes.h"
#include "role/front/front.h"

// CRLs are to be asked for again within the minute in which a revocation must show; certificates of CAs hardly change.
enum { CRL_MAX_AGE_S = 60, OTHER_MAX_AGE_S = 3600 };

// One publication; kept by the table and by every reply that is still being sent.
struct document {
	unsigned references;
	char *path, *content_type;
	xica_time expires; // 0: does not
	struct http_document document;
	struct view shared; // the body, where it is mapped
	struct arena arena;
};

struct front_documents {
	struct document **list; // sorted by path
	size_t count, room, max;
};

int front_documents_new(size_t max, struct front_documents **ret_documents)
{
	struct front_documents *documents = calloc(1, sizeof(*documents));
	if (!documents)
		return XICA_ENOMEM;
	documents->max = max;
	*ret_documents = documents;
	return 0;
}

static void unref(struct document *document)
{
	if (--document->references)
		return;
	shared_bytes_unmap(document->shared);
	arena_free(&document->arena);
	free(document);
}

void front_documents_free(struct front_documents *documents)
{
	if (!documents)
		return;
	for (size_t i = 0; i < documents->count; i++)
		unref(documents->list[i]);
	free(documents->list);
	free(documents);
}

size_t front_documents_count(const struct front_documents *documents)
{
	return documents->count;
}

// Where path is, or would be. True: it is.
static bool locate(const struct front_documents *documents, struct view path, size_t *ret_at)
{
	size_t from = 0, to = documents->count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = view_compare(path, view_str(documents->list[middle]->path));
		if (!order) {
			*ret_at = middle;
			return true;
		}
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	*ret_at = from;
	return false;
}

static int take_body(struct document *document, const struct ipc_message *message, int body_fd)
{
	int error = body_fd >= 0 ? shared_bytes_map(body_fd, &document->shared) : XICA_OK;
	document->document.body = body_fd >= 0 ? document->shared : arena_copy(&document->arena, ipc_message_bytes(message, IPC_BODY));
	if (error)
		return error;
	return document->document.body.ptr ? http_document_tag(document->document.body, document->document.etag) : XICA_ENOMEM;
}

static int make_document(const struct ipc_message *message, int body_fd, struct document **ret_document)
{
	uint64_t modified = 0, expires = 0;
	int error = ipc_message_u64(message, IPC_TIME, &modified);
	if (!error && ipc_message_has(message, IPC_EXPIRES))
		error = ipc_message_u64(message, IPC_EXPIRES, &expires);
	if (error || modified > INT64_MAX || expires > INT64_MAX || !ipc_message_has(message, IPC_CONTENT_TYPE))
		return XICA_EPARSE;
	struct document *document = calloc(1, sizeof(*document));
	if (!document)
		return XICA_ENOMEM;
	document->references = 1;
	document->path = arena_strdup(&document->arena, ipc_message_bytes(message, IPC_URL));
	document->content_type = arena_strdup(&document->arena, ipc_message_bytes(message, IPC_CONTENT_TYPE));
	document->expires = (xica_time)expires;
	document->document.content_type = document->content_type;
	document->document.modified = (xica_time)modified;
	error = document->path && document->content_type ? take_body(document, message, body_fd) : XICA_ENOMEM;
	if (error) {
		unref(document);
		return error;
	}
	*ret_document = document;
	return 0;
}

static int make_room(struct front_documents *documents)
{
	if (documents->count == documents->max)
		return XICA_ERANGE;
	if (documents->count < documents->room)
		return 0;
	size_t room = documents->room ? documents->room * 2 : 16;
	struct document **list = realloc(documents->list, room * sizeof(struct document *));
	if (!list)
		return XICA_ENOMEM;
	documents->list = list;
	documents->room = room;
	return 0;
}

static void take_away(struct front_documents *documents, size_t at)
{
	unref(documents->list[at]);
	documents->count--;
	memmove(&documents->list[at], &documents->list[at + 1], (documents->count - at) * sizeof(struct document *));
}

int front_documents_take(struct front_documents *documents, const struct ipc_message *message, int body_fd)
{
	struct view path = ipc_message_bytes(message, IPC_URL);
	struct document *document;
	size_t at;
	if (!view_starts(path, VIEW_LIT("/")))
		return XICA_EPARSE;
	bool there = locate(documents, path, &at);
	if (!ipc_message_has(message, IPC_BODY) && body_fd < 0) {
		if (there)
			take_away(documents, at);
		return 0;
	}
	int error = make_document(message, body_fd, &document);
	if (error)
		return error;
	if (there) {
		unref(documents->list[at]);
		documents->list[at] = document;
		return 0;
	}
	error = make_room(documents);
	if (error) {
		unref(document);
		return error;
	}
	memmove(&documents->list[at + 1], &documents->list[at], (documents->count - at) * sizeof(struct document *));
	documents->list[at] = document;
	documents->count++;
	return 0;
}

static void release(const void *body, size_t len, void *context)
{
	(void)body, (void)len;
	unref(context);
}

static long long max_age(const struct document *document, xica_time now)
{
	if (!document->expires)
		return OTHER_MAX_AGE_S;
	xica_time left = document->expires - now;
	return left < 0 ? 0 : left < CRL_MAX_AGE_S ? left : CRL_MAX_AGE_S;
}

bool front_documents_answer(struct front_documents *documents, struct http_request *request, xica_time now)
{
	size_t at;
	if (!locate(documents, request->path, &at))
		return false;
	if (request->method != HTTP_METHOD_GET && request->method != HTTP_METHOD_HEAD) {
		front_reply_text(request, 405, HTTP_METHOD_GET | HTTP_METHOD_HEAD);
		return true;
	}
	struct document *document = documents->list[at];
	const struct http_conditions conditions = http_request_conditions(request);
	cleanup_http_reply reply = HTTP_REPLY_INIT(0);
	http_reply_document(&reply, &document->document, &conditions);
	http_reply_addf(&reply, "Cache-Control", "public, max-age=%lld", max_age(document, now));
	http_reply_add_str(&reply, "X-Content-Type-Options", "nosniff");
	document->references++;
	http_reply_share(&reply, release, document);
	http_request_reply(request, &reply);
	return true;
}
