#include "acme/status.h"

const char *acme_status_text(enum acme_status status)
{
	switch (status) {
	case ACME_PENDING: return "pending";
	case ACME_READY: return "ready";
	case ACME_PROCESSING: return "processing";
	case ACME_VALID: return "valid";
	case ACME_INVALID: return "invalid";
	case ACME_DEACTIVATED: return "deactivated";
	case ACME_EXPIRED: return "expired";
	case ACME_REVOKED: return "revoked";
	}
	return "invalid";
}

// RFC 8555 §7.1.6, with one addition: an order whose finalization was refused for its CSR goes back to ready (§7.4: the client
// may try again with another CSR).
static const struct {
	enum acme_object object;
	enum acme_status from, to;
} CHANGES[] = {
	{ACME_OBJECT_ACCOUNT, ACME_VALID, ACME_DEACTIVATED},
	{ACME_OBJECT_ACCOUNT, ACME_VALID, ACME_REVOKED},
	{ACME_OBJECT_ORDER, ACME_PENDING, ACME_READY},
	{ACME_OBJECT_ORDER, ACME_PENDING, ACME_INVALID},
	{ACME_OBJECT_ORDER, ACME_READY, ACME_PROCESSING},
	{ACME_OBJECT_ORDER, ACME_READY, ACME_INVALID},
	{ACME_OBJECT_ORDER, ACME_PROCESSING, ACME_VALID},
	{ACME_OBJECT_ORDER, ACME_PROCESSING, ACME_READY},
	{ACME_OBJECT_ORDER, ACME_PROCESSING, ACME_INVALID},
	{ACME_OBJECT_AUTHZ, ACME_PENDING, ACME_VALID},
	{ACME_OBJECT_AUTHZ, ACME_PENDING, ACME_INVALID},
	{ACME_OBJECT_AUTHZ, ACME_PENDING, ACME_DEACTIVATED},
	{ACME_OBJECT_AUTHZ, ACME_PENDING, ACME_EXPIRED},
	{ACME_OBJECT_AUTHZ, ACME_VALID, ACME_DEACTIVATED},
	{ACME_OBJECT_AUTHZ, ACME_VALID, ACME_EXPIRED},
	{ACME_OBJECT_AUTHZ, ACME_VALID, ACME_REVOKED},
	{ACME_OBJECT_CHALLENGE, ACME_PENDING, ACME_PROCESSING},
	{ACME_OBJECT_CHALLENGE, ACME_PROCESSING, ACME_VALID},
	{ACME_OBJECT_CHALLENGE, ACME_PROCESSING, ACME_INVALID},
};

bool acme_status_may_change(enum acme_object object, enum acme_status from, enum acme_status to)
{
	for (size_t i = 0; i < sizeof(CHANGES) / sizeof(CHANGES[0]); i++)
		if (CHANGES[i].object == object && CHANGES[i].from == from && CHANGES[i].to == to)
			return true;
	return false;
}
