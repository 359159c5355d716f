// The ACME endpoints as front and registrar name them to each other (IPC_ENDPOINT).
#pragma once

enum acme_endpoint {
	ACME_NEW_ACCOUNT = 1,
	ACME_ACCOUNT,        // OBJECT: account id
	ACME_KEY_CHANGE,
	ACME_ORDERS,         // OBJECT: account id; QUERY: cursor
	ACME_NEW_ORDER,
	ACME_ORDER,          // OBJECT: order id
	ACME_FINALIZE,       // OBJECT: order id
	ACME_NEW_AUTHZ,
	ACME_AUTHZ,          // OBJECT: authorization id
	ACME_CHALLENGE,      // OBJECT: authorization id; OBJECT_PART: challenge type
	ACME_CERTIFICATE,    // OBJECT: serial, hex; OBJECT_PART: number of the alternate chain, "0" is the default
	ACME_REVOKE_CERT,
	ACME_RENEWAL_INFO,   // GET, unsigned; OBJECT: RFC 9773 certificate id
};
