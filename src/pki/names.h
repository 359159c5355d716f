// The names of the XMPP network: domains as ACME identifiers, SRVNames (RFC 4985), and which of them a certificate for a set of
// identifiers carries (RFC 6120 §13.7.1.2). Pure.
#pragma once
#include "base/arena.h"

enum { PKI_NAME_MAX = 253, PKI_LABEL_MAX = 63 };

enum pki_identifier_type {
	PKI_IDENTIFIER_DNS = 1, // RFC 8555 §9.7.7
	PKI_IDENTIFIER_SRV = 2, // draft-lebihan-srv-identifier-validation-extension
};

struct pki_identifier {
	enum pki_identifier_type type;
	struct view value; // lower case, A-labels, without "*.": the domain that is proven
	bool wildcard;     // covers the names one label below value, and not value itself
};

enum pki_name_fault { // why a name is not one; pki_name_fault_text says it to the client
	PKI_NAME_OK,
	PKI_NAME_EMPTY,
	PKI_NAME_TOO_LONG,       // over 253 bytes, or a label over 63
	PKI_NAME_BAD_CHARACTER,  // outside a-z 0-9 - (upper case is folded, not refused)
	PKI_NAME_BAD_LABEL,      // empty, leading or trailing hyphen, "--" at 3 and 4 without being an A-label
	PKI_NAME_BAD_IDNA,       // an A-label that IDNA2008 does not give back unchanged
	PKI_NAME_SINGLE_LABEL,   // "localhost": nothing that we certify for strangers
	PKI_NAME_IP_ADDRESS,     // four numbers; all-numeric last label
	PKI_NAME_TRAILING_DOT,
	PKI_NAME_WILDCARD,       // '*' not the whole left-most label, or more than one
	PKI_NAME_PUBLIC_SUFFIX,  // is itself a public suffix, or a wildcard straight below one
	PKI_NAME_RESERVED,       // special-use and never delegated: .onion, .arpa, .invalid, .local … (RFC 6761)
	PKI_NAME_NO_SRV_NAME,    // a srv identifier that is not "_service.domain": no service, or a protocol label
	PKI_NAME_SERVICE,        // a srv identifier of another service than _xmpp-server
	PKI_NAME_NO_PROOF,       // a srv identifier so long that "_acme-challenge." before it makes no name: nothing could prove it
};

// Loads the newest list of public suffixes that the system has (publicsuffix.org). It stays for the life of the process and never changes; without this call
// the one built into the library serves. For roles, before they lock themselves in: it reads a file.
void pki_names_open(void);

// An ACME dns identifier ("Example.org", "*.example.org"). Value lives in arena. XICA_EPARSE with *fault set.
// lenient: single labels and reserved names (localhost, example.test) pass; public suffixes are not looked at: a CA to play with.
XICA_MUST_CHECK int pki_identifier_parse_dns(struct view text, bool lenient, struct arena *arena,
					     struct pki_identifier *ret_identifier, enum pki_name_fault *fault);
// An ACME srv identifier ("_xmpp-server.example.org", the one service offered): value is the domain, never a wildcard. Else as for dns.
XICA_MUST_CHECK int pki_identifier_parse_srv(struct view text, bool lenient, struct arena *arena,
					     struct pki_identifier *ret_identifier, enum pki_name_fault *fault);
const char *pki_name_fault_text(enum pki_name_fault fault);
const char *pki_identifier_type_text(enum pki_identifier_type type); // "dns", "srv", as ACME writes them
// "example.org", "*.example.org" or "_xmpp-server.example.org", in arena; NULL: no memory.
const char *pki_identifier_text(const struct pki_identifier *identifier, struct arena *arena);
int pki_identifier_compare(const struct pki_identifier *a, const struct pki_identifier *b); // a total order: value, type, wildcard

// "_xmpp-server.example.org" into "_xmpp-server" and "example.org" (RFC 4985 §2), both pointing into text. XICA_EPARSE: not of that form, or
// what follows the service begins with '_' again, as a protocol label would. Whether the domain is one is not looked at.
XICA_MUST_CHECK int pki_srv_name_split(struct view text, struct view *ret_service, struct view *ret_domain);
// A domain in UTF-8, as it stands in a JID, in A-labels and lower case (RFC 5891 §5); in arena. XICA_EPARSE: IDNA2008 has none for it.
XICA_MUST_CHECK int pki_name_to_ascii(struct view text, struct arena *arena, struct view *ret_name);
// The domain that somebody registered of which this name (lower case, A-labels) is part, by the list of public suffixes; the name itself where there is none. In arena.
XICA_MUST_CHECK int pki_name_registrable(struct view name, struct arena *arena, struct view *ret_domain);
// Is this label, lower case and beginning with "xn--", the A-label of a U-label that IDNA2008 allows? XICA_EPARSE: no.
XICA_MUST_CHECK int pki_name_check_a_label(struct view label);

// Is name below ancestor, label by label? Not itself. ("badexample.org" is not below "example.org".)
bool pki_name_is_below(struct view name, struct view ancestor);
// May control of this domain stand for names below it at all? Of a single label or a public suffix it may not, in a CA to play with neither.
bool pki_ancestor_may(struct view ancestor);
// Does it stand for this name: below it, with no public suffix on the way? Both lower case, A-labels, no wildcards.
bool pki_ancestor_covers(struct view ancestor, struct view name);

enum pki_san_type { PKI_SAN_DNS, PKI_SAN_SRV, PKI_SAN_XMPP };

struct pki_san {
	enum pki_san_type type;
	struct view value; // "example.org", "*.example.org"; "_xmpp-server.example.org"; "example.org" or a bare JID
};

struct pki_sans {
	struct pki_san *list;
	size_t count;
};

// Is host below another name of the list, with a first label out of component_labels (conference, upload …)? Such hosts get
// _xmpp-server only.
bool pki_name_is_component(struct view host, const struct pki_identifier *all, size_t count,
			   const struct view *component_labels, size_t label_count);
