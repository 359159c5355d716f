// The states of ACME's objects (RFC 8555 §7.1.6) and which changes there are. The numbers stand in the database: never change one.
#pragma once
#include "base/view.h"

enum acme_status {
	ACME_PENDING = 1,
	ACME_READY = 2,       // orders
	ACME_PROCESSING = 3,  // orders, challenges
	ACME_VALID = 4,
	ACME_INVALID = 5,
	ACME_DEACTIVATED = 6, // accounts, authorizations
	ACME_EXPIRED = 7,     // authorizations
	ACME_REVOKED = 8,     // accounts, authorizations
};

enum acme_object { ACME_OBJECT_ACCOUNT, ACME_OBJECT_ORDER, ACME_OBJECT_AUTHZ, ACME_OBJECT_CHALLENGE };

const char *acme_status_text(enum acme_status status);
// May an object of this kind go from one state to the other?
bool acme_status_may_change(enum acme_object object, enum acme_status from, enum acme_status to);
