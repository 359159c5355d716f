// What a stranger's server sends: in pieces whose length the first byte gives. Whatever it is, the reader ends or goes on, within its bounds, and what it hands out is whole.
#include <stdlib.h>
#include <string.h>

#include "xmpp/features.h"

struct reading {
	struct xmpp_stream *stream;
	unsigned elements;
};

static void look(const struct xmpp_element *element, unsigned depth)
{
	unsigned attributes = 0;
	if (depth > XMPP_DEPTH_MAX || !element->name || !element->ns)
		abort();
	for (const struct xmpp_attribute *attribute = element->attributes; attribute; attribute = attribute->next)
		if (!attribute->name || !attribute->value || ++attributes > XMPP_ATTRIBUTES_MAX)
			abort();
	for (const struct xmpp_element *child = element->children; child; child = child->next)
		look(child, depth + 1);
}

static void on_opened(const struct xmpp_element *element, void *context)
{
	(void)context;
	if (element->children || strcmp(element->name, "stream") != 0)
		abort();
}

static void on_element(const struct xmpp_element *element, void *context)
{
	struct reading *reading = context;
	struct xmpp_features features;
	look(element, 1);
	xmpp_features_read(element, &features);
	(void)xmpp_features_acme(element, VIEW_LIT("token"));
	(void)xmpp_stream_error(element);
	if (++reading->elements == 3)
		xmpp_stream_stop(reading->stream);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct xmpp_stream_events EVENTS = {on_opened, on_element, NULL};
	struct reading reading = {0};
	if (size < 1 || xmpp_stream_new(&EVENTS, &reading, 7, &reading.stream))
		return 0;
	size_t piece = data[0] ? data[0] : 1;
	for (size_t at = 1; at < size && reading.elements < 3; at += piece) {
		const char *why = NULL;
		size_t len = size - at < piece ? size - at : piece;
		int error = xmpp_stream_feed(reading.stream, view_bytes(data + at, len), &why);
		if (error) {
			if (!why)
				abort();
			break;
		}
	}
	xmpp_stream_free(reading.stream);
	return 0;
}
