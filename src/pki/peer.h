// Does a certificate prove a domain to a peer of the XMPP network (RFC 6120 §13.7.2, RFC 9525)? Its names and its purposes alone:
// whether its chain is to be believed is pki/peer_chain.h's. Pure.
//
// Any one match of dNSName, SRVName and XmppAddr suffices, in no order among them. The common name is no identifier. A wildcard counts as the
// whole left-most label of a dNSName, and stands for exactly one label. Names compare without case, internationalised ones in A-labels.
#pragma once
#include "base/arena.h"
#include "pki/certificate.h"

enum pki_peer_role { // whom the certificate is shown to
	PKI_PEER_C2S = 1, // a client looks at its server: SRVName _xmpp-client
	PKI_PEER_S2S = 2, // a server looks at another, whichever of them connected: SRVName _xmpp-server
};

enum pki_peer_kind { PKI_PEER_DNS_NAME = 1, PKI_PEER_SRV_NAME = 2, PKI_PEER_XMPP_ADDR = 3 };

struct pki_peer_name { // in arena
	enum pki_peer_kind kind;
	const char *text; // the name as it stands in the certificate; what is no visible ASCII as \xNN
	const char *why;  // a clause, why it doesn't prove the domain: "is another name"; NULL: it does
};

struct pki_peer_names {
	struct pki_peer_name *list;
	size_t count;
	const struct pki_peer_name *match; // the first that proves the domain; NULL: none
	bool common_name;                  // the subject has the domain as its common name: what doesn't count
};

// "c2s", "s2s". XICA_EPARSE.
XICA_MUST_CHECK int pki_peer_role_parse(struct view word, enum pki_peer_role *ret_role);
const char *pki_peer_role_text(enum pki_peer_role role);
const char *pki_peer_kind_text(enum pki_peer_kind kind); // "dNSName"

// The domain of a JID, U-labels or A-labels, to A-labels and lower case; a dot at its end is dropped (RFC 7622 §3.2). In arena.
// XICA_EPARSE: no domain; *ret_why is a sentence without its full stop (static storage).
XICA_MUST_CHECK int pki_peer_domain(struct view text, struct arena *arena, struct view *ret_domain, const char **ret_why);
// domain: as pki_peer_domain gives it. XICA_EPARSE: the certificate's subjectAltName is malformed, or there twice.
XICA_MUST_CHECK int pki_peer_names(const struct pki_certificate *certificate, struct view domain, enum pki_peer_role role, struct arena *arena,
				   struct pki_peer_names *ret_names);
// Its extended key usage, or that of a CA above it: where there is none, any. Else clients want serverAuth or anyExtendedKeyUsage; between servers
// clientAuth serves too, in either direction: one that connects is accepted with serverAuth alone.
// XICA_EDENIED: another; *ret_why is a clause (static storage). XICA_EPARSE: the extension is malformed, or there twice.
XICA_MUST_CHECK int pki_peer_purpose(const struct pki_certificate *certificate, enum pki_peer_role role, const char **ret_why);
