// The states of ACME's objects by their names (RFC 8555 §7.1.6).
#pragma once

enum acme_status {
	ACME_PENDING,
	ACME_READY,       // orders
	ACME_PROCESSING,  // orders, challenges
	ACME_VALID,
	ACME_INVALID,
	ACME_DEACTIVATED, // accounts, authorizations
	ACME_EXPIRED,     // authorizations
	ACME_REVOKED,     // accounts, authorizations
};

const char *acme_status_text(enum acme_status status); // "pending"
