// Does this chain prove this domain for this role? Names and purposes (pki/peer.h) and the way to a root (crypto/chain.h), in one verdict with its
// reasons in sentences. Pure.
#pragma once
#include "crypto/chain.h"
#include "pki/peer.h"

struct pki_peer_question { // borrowed
	struct view domain;        // of the JID, U-labels or A-labels
	enum pki_peer_role role;
	struct view chain;         // PEM: what the peer showed, its own certificate first
	struct view roots;         // PEM: what is trusted
	struct view crls;          // PEM; empty and revocation not set: revocation isn't looked at
	bool revocation;           // each certificate below the root needs a revocation list that is good at that time, and so does the root
	xica_time now;
};

enum pki_peer_fault {
	PKI_PEER_MALFORMED = 1, // there is no certificate, or it cannot be read
	PKI_PEER_NAME,          // none of its names proves the domain
	PKI_PEER_PURPOSE,       // its usages, or those of a CA above it, don't permit it
	PKI_PEER_UNTRUSTED,     // the others: as in crypto/chain.h
	PKI_PEER_NOT_YET_VALID,
	PKI_PEER_EXPIRED,
	PKI_PEER_REVOKED,
	PKI_PEER_NO_STATUS,
	PKI_PEER_WEAK,
	PKI_PEER_INVALID,
};

enum { PKI_PEER_REASONS_MAX = 8 };

struct pki_peer_reason {
	enum pki_peer_fault fault;
	const char *text; // a sentence, in arena
};

struct pki_peer_verdict {
	bool accepted;             // exactly when there is no reason against
	struct view domain;        // in A-labels; in arena
	struct pki_peer_reason reasons[PKI_PEER_REASONS_MAX];
	size_t reason_count;
	struct pki_peer_names names;
	const struct view *path;   // the way to the root, as far as it leads, DER; in arena
	size_t path_count;
};

// Whatever is wrong with the chain is in the verdict. XICA_EPARSE: the domain is none, or roots or revocation lists cannot be read; *ret_why is a
// sentence without its full stop. XICA_ERANGE: more than 1000 roots or 64 lists. XICA_ENOMEM, XICA_ECRYPTO.
XICA_MUST_CHECK int pki_peer_judge(const struct pki_peer_question *question, struct arena *arena, struct pki_peer_verdict *ret_verdict, const char **ret_why);
const char *pki_peer_fault_word(enum pki_peer_fault fault); // "name", "expired"; stays the same for good: scripts know it
