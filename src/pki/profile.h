// A profile: what a certificate of one kind carries, for how long (draft-ietf-acme-profiles). Profiles are configuration;
// the text comes from there, the rules from RFC 6120 §13.7.1 and RFC 5280. Pure.
#pragma once
#include "base/clock.h"
#include "pki/names.h"

struct pki_profile {
	const char *name;        // "xmpp-server"
	const char *description; // for the directory
	xica_time validity;      // seconds, notAfter - notBefore + 1, when the order asks for nothing else
	xica_time validity_min;  // an order's notBefore/notAfter must stay within these
	xica_time validity_max;
	xica_time backdate;      // notBefore is this much before now, for clocks that lag
	bool dns_names;          // dNSName for each dns identifier
	bool srv_names;          // SRVName _xmpp-client and _xmpp-server; a component host gets _xmpp-server only
	bool xmpp_addrs;         // XmppAddr (RFC 6120 §13.7.1.4): off, because deployed verifiers crash on it
	bool server_auth, client_auth;
	bool status_urls;        // CRL distribution point (and OCSP where there is a responder)
	bool srv_only;           // srv identifiers alone: no dNSName at all ("delegated")
	const char *policy_oid;  // certificatePolicies; NULL: none
	unsigned renew_after;    // when clients are told to renew (RFC 9773): percent of the life gone; 0: the default
	unsigned renew_window;   // how long they may take to, so that they don't all come at once: percent of the life; 0: the default
};

// What belongs to the CA as a whole and stands in every certificate.
struct pki_site {
	const char *http_url;    // "http://localhost:14080": CRLs and CA certificates stand below it
	const struct view *component_labels;
	size_t component_label_count;
	unsigned crl_shards;     // at least 1
	bool ocsp;               // there is a responder: PKI_PATH_OCSP below http_url
};

// The names that a certificate for these identifiers carries, without duplicates, in a stable order (shorter dNSName first). XICA_EDENIED:
// an identifier that this profile can't certify, *ret_why says so.
XICA_MUST_CHECK int pki_profile_names(const struct pki_profile *profile, const struct pki_site *site,
				      const struct pki_identifier *identifiers, size_t count, struct arena *arena,
				      struct pki_sans *ret_sans, const char **ret_why);

// When a certificate of this profile (NULL: of one that is gone) is to be renewed: by default when a third of its life is left, of one that lives for ten
// days or less a half; and over a twenty-fifth of its life.
void pki_profile_renewal(const struct pki_profile *profile, xica_time not_before, xica_time not_after, xica_time *ret_start, xica_time *ret_end);

enum { PKI_NOT_BEFORE_PAST = 7 * XICA_DAY }; // how far back an order may ask its notBefore: it was now when the order was made

// The validity of a certificate made now. asked_…: what the order says, 0 where it says nothing. What wasn't asked for is cut to the issuer's end;
// what was asked for is given as it is. XICA_ERANGE: beyond the profile's bounds, the issuer's end, or validity_max from now.
XICA_MUST_CHECK int pki_profile_validity(const struct pki_profile *profile, xica_time now, xica_time issuer_not_after,
					 xica_time asked_not_before, xica_time asked_not_after, xica_time *ret_not_before,
					 xica_time *ret_not_after);
