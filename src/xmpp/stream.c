#include "xmpp/stream.h"

#include <expat.h>
#include <stdlib.h>
#include <string.h>

// Newer versions of expat, those of Debian's security updates among them, read what is no whole element only once there is much more of it: so that nobody can
// make them read the same again and again. In a stream nothing more comes until we have answered; what this guards against is bounded here by itself.
XMLPARSEAPI(XML_Bool) XML_SetReparseDeferralEnabled(XML_Parser parser, XML_Bool enabled) __attribute__((weak));

enum { SEPARATOR = ' ' }; // between namespace and name; no namespace that we know has a blank

struct xmpp_stream {
	XML_Parser parser;
	const struct xmpp_stream_events *events;
	void *context;
	struct arena arena;           // of the element that is being read
	struct xmpp_element *element; // the innermost open one; NULL: between children of the stream
	unsigned depth;               // of open elements, the stream's included
	size_t bytes, pieces;
	bool stopped, left_over;
	int error;
	const char *why;
};

static void fail(struct xmpp_stream *stream, int error, const char *why)
{
	if (!stream->error) {
		stream->error = error;
		stream->why = why;
	}
	(void)XML_StopParser(stream->parser, XML_FALSE);
}

static void fail_for_memory(struct xmpp_stream *stream)
{
	fail(stream, XICA_ENOMEM, "said more than there is memory for");
}

// --- elements

static bool split(struct arena *arena, const char *full, const char **ret_ns, const char **ret_name)
{
	const char *space = strrchr(full, SEPARATOR);
	*ret_ns = space ? arena_strdup(arena, view_bytes(full, (size_t)(space - full))) : "";
	*ret_name = arena_strdup(arena, view_str(space ? space + 1 : full));
	return *ret_ns && *ret_name;
}

static bool add_attributes(struct xmpp_stream *stream, struct xmpp_element *element, const char **attributes)
{
	struct xmpp_attribute **tail = &element->attributes;
	for (size_t i = 0; attributes[i]; i += 2) {
		if (i / 2 == XMPP_ATTRIBUTES_MAX) {
			fail(stream, XICA_ERANGE, "sent an element with too many attributes");
			return false;
		}
		struct xmpp_attribute *attribute = arena_alloc(&stream->arena, sizeof(*attribute));
		if (!attribute || !split(&stream->arena, attributes[i], &attribute->ns, &attribute->name) ||
		    !(attribute->value = arena_strdup(&stream->arena, view_str(attributes[i + 1])))) {
			fail_for_memory(stream);
			return false;
		}
		*tail = attribute;
		tail = &attribute->next;
	}
	return true;
}

static struct xmpp_element *new_element(struct xmpp_stream *stream, const char *name, const char **attributes)
{
	struct xmpp_element *element = arena_alloc(&stream->arena, sizeof(*element));
	if (!element || !split(&stream->arena, name, &element->ns, &element->name)) {
		fail_for_memory(stream);
		return NULL;
	}
	element->tail = &element->children;
	return add_attributes(stream, element, attributes) ? element : NULL;
}

static void free_texts(struct xmpp_element *element)
{
	for (; element; element = element->next) {
		free_texts(element->children); // as deep as XMPP_DEPTH_MAX
		buf_free(&element->text);
	}
}

static void forget(struct xmpp_stream *stream, struct xmpp_element *top)
{
	free_texts(top);
	arena_free(&stream->arena);
	stream->element = NULL;
}

static struct xmpp_element *top_of(struct xmpp_element *element)
{
	while (element && element->parent)
		element = element->parent;
	return element;
}

static void open_stream(struct xmpp_stream *stream, const char *name, const char **attributes)
{
	struct xmpp_element *element = new_element(stream, name, attributes);
	if (!element)
		return;
	if (strcmp(element->name, "stream") != 0 || strcmp(element->ns, XMPP_NS_STREAM) != 0)
		fail(stream, XICA_EPARSE, "sent something that is no XMPP stream");
	else if (stream->events->opened)
		stream->events->opened(element, stream->context);
	forget(stream, element);
}

// --- expat's events

static void on_start(void *context, const char *name, const char **attributes)
{
	struct xmpp_stream *stream = context;
	if (stream->error || stream->stopped)
		return;
	if (++stream->depth > XMPP_DEPTH_MAX) {
		fail(stream, XICA_ERANGE, "sent elements nested too deep");
		return;
	}
	if (stream->depth == 1) {
		open_stream(stream, name, attributes);
		return;
	}
	struct xmpp_element *element = new_element(stream, name, attributes);
	if (!element)
		return;
	element->parent = stream->element;
	if (element->parent) {
		*element->parent->tail = element;
		element->parent->tail = &element->next;
	}
	stream->element = element;
}

static void on_end(void *context, const char *name)
{
	struct xmpp_stream *stream = context;
	struct xmpp_element *element = stream->element;
	(void)name;
	if (stream->error || stream->stopped)
		return;
	stream->depth--;
	if (stream->depth == 0) {
		if (stream->events->closed)
			stream->events->closed(stream->context);
	} else if (element && element->parent) {
		stream->element = element->parent;
	} else if (element) {
		if (stream->events->element)
			stream->events->element(element, stream->context);
		forget(stream, element);
	}
}

static void on_text(void *context, const char *text, int len)
{
	struct xmpp_stream *stream = context;
	if (stream->error || stream->stopped || !stream->element)
		return; // white space between the stream's children, and what else stands there, is nothing (RFC 6120 §4.6.1)
	buf_add(&stream->element->text, view_bytes(text, (size_t)len));
	if (buf_error(&stream->element->text))
		fail_for_memory(stream);
}

static void on_doctype(void *context, const char *name, const char *system, const char *public, int subset)
{
	(void)name, (void)system, (void)public, (void)subset;
	fail(context, XICA_EPARSE, "sent a document type declaration");
}

static void on_instruction(void *context, const char *target, const char *data)
{
	(void)target, (void)data;
	fail(context, XICA_EPARSE, "sent a processing instruction");
}

static void on_comment(void *context, const char *text)
{
	(void)text;
	fail(context, XICA_EPARSE, "sent a comment");
}

// --- the stream

int xmpp_stream_new(const struct xmpp_stream_events *events, void *context, uint64_t salt, struct xmpp_stream **ret_stream)
{
	struct xmpp_stream *stream = calloc(1, sizeof(*stream));
	if (!stream)
		return XICA_ENOMEM;
	stream->parser = XML_ParserCreateNS("UTF-8", SEPARATOR);
	if (!stream->parser) {
		free(stream);
		return XICA_ENOMEM;
	}
	stream->events = events;
	stream->context = context;
	if (XML_SetReparseDeferralEnabled)
		(void)XML_SetReparseDeferralEnabled(stream->parser, XML_FALSE);
	(void)XML_SetHashSalt(stream->parser, (unsigned long)(salt ? salt : 1));
	XML_SetUserData(stream->parser, stream);
	XML_SetElementHandler(stream->parser, on_start, on_end);
	XML_SetCharacterDataHandler(stream->parser, on_text);
	XML_SetStartDoctypeDeclHandler(stream->parser, on_doctype);
	XML_SetProcessingInstructionHandler(stream->parser, on_instruction);
	XML_SetCommentHandler(stream->parser, on_comment);
	*ret_stream = stream;
	return XICA_OK;
}

void xmpp_stream_free(struct xmpp_stream *stream)
{
	if (!stream)
		return;
	forget(stream, top_of(stream->element));
	XML_ParserFree(stream->parser);
	free(stream);
}

void xmpp_stream_stop(struct xmpp_stream *stream)
{
	// An element's end tag ends where the parser has come to; both counts are of all that was fed.
	XML_Index end = XML_GetCurrentByteIndex(stream->parser) + XML_GetCurrentByteCount(stream->parser);
	stream->left_over = (size_t)end < stream->bytes;
	stream->stopped = true;
	(void)XML_StopParser(stream->parser, XML_FALSE);
}

bool xmpp_stream_left_over(const struct xmpp_stream *stream)
{
	return stream->left_over;
}

int xmpp_stream_feed(struct xmpp_stream *stream, struct view bytes, const char **ret_why)
{
	stream->bytes += bytes.len;
	if (bytes.len > XMPP_STREAM_BYTES_MAX || stream->bytes > XMPP_STREAM_BYTES_MAX) {
		*ret_why = "sent more than a stream's beginning may have";
		return XICA_ERANGE;
	}
	if (++stream->pieces > XMPP_STREAM_PIECES_MAX) {
		*ret_why = "sent a stream's beginning in too many pieces";
		return XICA_ERANGE;
	}
	enum XML_Status status = XML_Parse(stream->parser, (const char *)bytes.ptr, (int)bytes.len, XML_FALSE);
	if (stream->stopped)
		return XICA_OK;
	if (!stream->error && status != XML_STATUS_OK)
		fail(stream, XML_GetErrorCode(stream->parser) == XML_ERROR_NO_MEMORY ? XICA_ENOMEM : XICA_EPARSE, "sent XML that isn't well-formed");
	if (stream->error)
		*ret_why = stream->why;
	return stream->error;
}

// --- looking, and writing

const struct xmpp_element *xmpp_child(const struct xmpp_element *element, const char *ns, const char *name)
{
	for (const struct xmpp_element *child = element->children; child; child = child->next)
		if (strcmp(child->name, name) == 0 && strcmp(child->ns, ns) == 0)
			return child;
	return NULL;
}

const char *xmpp_attribute(const struct xmpp_element *element, const char *name)
{
	for (const struct xmpp_attribute *attribute = element->attributes; attribute; attribute = attribute->next)
		if (strcmp(attribute->name, name) == 0 && !*attribute->ns)
			return attribute->value;
	return NULL;
}

void xmpp_stream_add_header(struct buf *out, enum xmpp_service service, struct view to)
{
	buf_addf(out, "<?xml version='1.0'?><stream:stream xmlns='%s' xmlns:stream='" XMPP_NS_STREAM "' to='%.*s' version='1.0'>",
		 service == XMPP_CLIENT ? "jabber:client" : "jabber:server", VIEW_FMT(to));
}
