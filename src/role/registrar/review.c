// Names of high risk (config names { review }): an order for one waits in processing until an operator approves or refuses it. Its issuance does not begin before:
// whoever begins one looks (evidence.c), so that neither a start nor anything else gets around the wait.
#include <string.h>

#include "role/registrar/registrar.h"

// '*' stands for any characters, none too.
static bool matches(const char *pattern, struct view text)
{
	size_t at = 0, star_at = 0;
	const char *star = NULL;
	while (at < text.len) {
		if (*pattern == '*') {
			star = ++pattern;
			star_at = at;
		} else if (*pattern && (uint8_t)*pattern == text.ptr[at]) {
			pattern++;
			at++;
		} else if (star) { // the star takes one more
			pattern = star;
			at = ++star_at;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

// A wildcard stands for all names one label below its value: for what the pattern says behind its first label, too.
static bool is_meant(const char *pattern, const struct pki_identifier *identifier)
{
	const char *dot = strchr(pattern, '.');
	if (matches(pattern, identifier->value))
		return true;
	if (!identifier->wildcard || !dot)
		return false;
	return matches(dot + 1, identifier->value);
}

bool registrar_review_wants(const struct config *config, const struct pki_identifier *identifier)
{
	for (size_t i = 0; i < config->review_name_count; i++)
		if (is_meant(config->review_names[i], identifier))
			return true;
	return false;
}

int registrar_review_finalized(struct store_txn *txn, const struct registrar *registrar, struct store_order *order, const struct store_order_name *names,
			       size_t count)
{
	bool wanted = false;
	for (size_t i = 0; i < count; i++)
		wanted = wanted || registrar_review_wants(registrar->config, &names[i].identifier);
	if (!wanted || order->review != STORE_REVIEW_NONE)
		return XICA_OK;
	int error = store_order_review(txn, order->id, STORE_REVIEW_NONE, STORE_REVIEW_WAITS);
	if (!error)
		order->review = STORE_REVIEW_WAITS;
	return error;
}
