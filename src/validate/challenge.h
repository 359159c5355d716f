// What every challenge method has in common (RFC 8555 §8): one table, one way to start, one kind of outcome.
//
// A method's run lives from start until done was called or cancel. done is called once, from the event loop, never from within start.
// An outcome says to the applicant what was seen and where, never a byte of what somebody else's server sent.
#pragma once
#include <event2/event.h>

#include "acme/problem.h"
#include "dns/resolver.h"
#include "validate/address.h"
#include "validate/receipt.h"

struct codes;
struct crypto_tls_client;
struct curl_loop;

struct challenge_tools { // what all runs share; borrowed, outlives them
	struct event_base *base;
	xica_time (*now)(void);
	struct dns_resolver *resolver;
	struct curl_loop *curl;
	struct crypto_tls_client *tls;     // offers acme-tls/1
	struct codes *codes;               // of email-01, that live
	struct address_networks networks;  // not public, but may be dialled
	unsigned http01_port;              // 80: what is dialled for http, also after a redirect
	unsigned https_port;               // 443: what is dialled for an https redirect
	unsigned tlsalpn01_port;           // 443
	struct crypto_tls_client *tls_plain, *tls_xmpp_server, *tls_xmpp_client; // without a protocol; xmpp-server and xmpp-client (XEP-0368)
	unsigned xmpp_server_port, xmpp_client_port; // 5269, 5222: of a domain without SRV records
	const char *const *xmpp_services;  // kinds of SRV record, in the order in which xmpp-01 tries them: "_xmpp-server"
	size_t xmpp_service_count;
	const char *const *caa_identities; // domain names that stand for this CA in CAA records
	size_t caa_identity_count;
	const char *account_hash_prefix;   // of dns-persist-01: "https://ca.example/acme/account-hash/"
	bool assume_valid;               // nothing is looked at, and everything proven
};

struct challenge_request { // views must outlive the run
	struct pki_identifier identifier;
	bool subdomains;           // and of the names below it
	struct view token;         // base64url
	struct view code;          // email-01: as it was typed
	struct view account_url;
	uint8_t thumbprint[CRYPTO_SHA256_LEN];
	struct view former;        // thumbprints that the account had before, one behind the other: for dns-persist-01
};

struct challenge_outcome {
	enum acme_problem_type problem; // ACME_PROBLEM_NONE: proven
	const char *detail;             // a sentence; where proven: what was seen
	bool again;                     // not proven, but not decided either: another answer may be given
	const uint8_t *former;          // where proven, by the key that had this one of the former thumbprints; NULL: by that of today
	xica_time until;                // where proven: for no longer than this; 0: as long as any proof
	unsigned tries_left;            // where again: to the code that was sent; 0: none is valid, another letter is needed
};

typedef void challenge_done(const struct challenge_outcome *outcome, void *context);

struct challenge_run;

struct challenge_method {
	const char *name;
	enum receipt_method method;
	bool proves_wildcard;
	bool proves_service; // srv identifiers
	bool proves_subdomains; // of the names below a domain too, where that is wanted
	int (*start)(const struct challenge_tools *tools, const struct challenge_request *request, challenge_done *done, void *context,
		     struct challenge_run **ret_run);
	void (*cancel)(struct challenge_run *run);
};

const struct challenge_method *challenge_find(struct view name); // NULL: there is no such method
bool challenge_may_prove(const struct challenge_method *method, const struct pki_identifier *identifier);
// And of the names below it, as far as a domain stands for them at all?
bool challenge_may_prove_subdomains(const struct challenge_method *method, const struct pki_identifier *identifier);
// token "." base64url(thumbprint) (RFC 8555 §8.1), appended. XICA_EINVAL: the token isn't base64url.
XICA_MUST_CHECK int challenge_key_authorization(const struct challenge_request *request, struct buf *out);
// SHA-256 of it: for dns-01, dns-account-01 and tls-alpn-01.
XICA_MUST_CHECK int challenge_digest(const struct challenge_request *request, uint8_t ret_digest[CRYPTO_SHA256_LEN]);
