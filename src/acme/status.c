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
