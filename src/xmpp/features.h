// What a server offers at the beginning of a stream (RFC 6120 §4.3.2), as far as we have use for it. Pure.
#pragma once
#include "xmpp/stream.h"

enum { XMPP_MECHANISMS_MAX = 32 };

struct xmpp_features {
	bool starttls, starttls_required;           // RFC 6120 §5.4.1
	const char *mechanisms[XMPP_MECHANISMS_MAX]; // of SASL (§6.4.1); borrowed from the element
	size_t mechanism_count;
	bool dialback;                               // XEP-0220
};

bool xmpp_is_features(const struct xmpp_element *element); // <stream:features/>
void xmpp_features_read(const struct xmpp_element *element, struct xmpp_features *ret_features);
bool xmpp_features_has_mechanism(const struct xmpp_features *features, const char *name);
// The key authorization that the server shows for this token (docs/acme-xmpp.md): <acme xmlns='urn:xica:acme:0' token='…'>…</acme>. VIEW_NONE: none; borrowed.
struct view xmpp_features_acme(const struct xmpp_element *element, struct view token);
// A stream error's condition (RFC 6120 §4.9.3) where it is one of the defined: static. NULL: not a stream error; "undefined-condition" for all others.
const char *xmpp_stream_error(const struct xmpp_element *element);
