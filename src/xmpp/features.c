#include "xmpp/features.h"

#include <string.h>

bool xmpp_is_features(const struct xmpp_element *element)
{
	return strcmp(element->name, "features") == 0 && strcmp(element->ns, XMPP_NS_STREAM) == 0;
}

static void read_mechanisms(const struct xmpp_element *list, struct xmpp_features *features)
{
	for (struct xmpp_element *child = list->children; child; child = child->next)
		if (strcmp(child->name, "mechanism") == 0 && strcmp(child->ns, XMPP_NS_SASL) == 0 && features->mechanism_count < XMPP_MECHANISMS_MAX) {
			const char *name = buf_cstr(&child->text);
			if (name)
				features->mechanisms[features->mechanism_count++] = name;
		}
}

void xmpp_features_read(const struct xmpp_element *element, struct xmpp_features *ret_features)
{
	const struct xmpp_element *starttls = xmpp_child(element, XMPP_NS_TLS, "starttls");
	const struct xmpp_element *mechanisms = xmpp_child(element, XMPP_NS_SASL, "mechanisms");
	*ret_features = (struct xmpp_features){
		.starttls = starttls,
		.starttls_required = starttls && xmpp_child(starttls, XMPP_NS_TLS, "required"),
		.dialback = xmpp_child(element, "urn:xmpp:features:dialback", "dialback"),
	};
	if (mechanisms)
		read_mechanisms(mechanisms, ret_features);
}

bool xmpp_features_has_mechanism(const struct xmpp_features *features, const char *name)
{
	for (size_t i = 0; i < features->mechanism_count; i++)
		if (strcmp(features->mechanisms[i], name) == 0)
			return true;
	return false;
}

static struct view trim(struct view text)
{
	while (text.len && strchr(" \t\r\n", text.ptr[0]))
		text = view_sub(text, 1, SIZE_MAX);
	while (text.len && strchr(" \t\r\n", text.ptr[text.len - 1]))
		text.len--;
	return text;
}

struct view xmpp_features_acme(const struct xmpp_element *element, struct view token)
{
	for (const struct xmpp_element *child = element->children; child; child = child->next) {
		const char *shown = xmpp_attribute(child, "token");
		if (strcmp(child->name, "acme") == 0 && strcmp(child->ns, XMPP_NS_ACME) == 0 && shown && view_equal_str(token, shown))
			return trim(buf_view(&child->text));
	}
	return VIEW_NONE;
}

const char *xmpp_stream_error(const struct xmpp_element *element)
{
	static const char *const CONDITIONS[] = {
		"bad-format", "bad-namespace-prefix", "conflict", "connection-timeout", "host-gone", "host-unknown", "improper-addressing",
		"internal-server-error", "invalid-from", "invalid-namespace", "invalid-xml", "not-authorized", "not-well-formed", "policy-violation",
		"remote-connection-failed", "reset", "resource-constraint", "restricted-xml", "see-other-host", "system-shutdown", "undefined-condition",
		"unsupported-encoding", "unsupported-feature", "unsupported-stanza-type", "unsupported-version"};
	if (strcmp(element->name, "error") != 0 || strcmp(element->ns, XMPP_NS_STREAM) != 0)
		return NULL;
	for (size_t i = 0; i < sizeof(CONDITIONS) / sizeof(CONDITIONS[0]); i++)
		if (xmpp_child(element, XMPP_NS_STREAM_ERRORS, CONDITIONS[i]))
			return CONDITIONS[i];
	return "undefined-condition";
}
