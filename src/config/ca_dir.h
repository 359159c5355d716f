// The folder of a CA: its roots and issuers, as `xica ca` writes it and as registrar (without keys) and signer (with keys) read it.
//
//   DIR/ca.json               the index, replaced as one: what it does not name does not exist
//   DIR/certificates/NAME     root-ID-DIGEST.pem, issuer-ID-DIGEST.pem, cross-ID-DIGEST.pem, root-ID.crl (all public)
//   DIR/keys/NAME.key         folder 0700, files 0600: root-ID.key, issuer-ID.key
//
// An ID is the first 16 hex digits of SHA-256 over the public key (pki_key_id): a key keeps its ID when it gets another certificate.
// Names hold a digest of the content, so that no write ever touches what an older index speaks of.
// Roll-over: the index names issuers newest first. The first one issues; all of them answer for status, and keep their URLs.
#pragma once
#include "base/arena.h"
#include "base/clock.h"
#include "crypto/key.h"

enum { CA_ID_LEN = 16, CA_LIST_MAX = 64, CA_CHAIN_MAX = 8 };

struct ca_chain {
	struct view *certificates; // DER: the issuer's own certificate first, then upwards; without the root
	size_t count;
};

struct ca_issuer {
	const char *id;
	struct view certificate;   // DER: the first of its default chain
	struct view name;          // its subject as DER, which is copied into what it signs
	struct view key_id;        // its subject key identifier
	xica_time not_before, not_after;
	struct ca_chain *chains;   // at least one; the first is the default, the others are alternates
	size_t chain_count;
	struct crypto_key *public_key; // its certificate's
	struct crypto_key *key;    // NULL where read without keys
};

struct ca_root {
	const char *id;
	struct view certificate;   // DER; served as pki_path_ca
	struct view crl;           // DER of the root's own CRL, made at the ceremony; empty: none. Served as pki_path_root_crl
};

struct ca_dir {
	struct ca_issuer *issuers; // the first issues; at least one
	size_t issuer_count;
	struct ca_root *roots;     // newest first; none where the root is another's
	size_t root_count;
	struct arena arena;        // owner of all of the above
};

enum ca_dir_access { CA_DIR_PUBLIC, CA_DIR_WITH_KEYS };

// XICA_ENOTFOUND: no CA there yet (or none that can issue: a CSR is still out). Other failures: *why says what is wrong with
// which file, appended. With keys: each key must fit its certificate.
XICA_MUST_CHECK int ca_dir_read(const char *path, enum ca_dir_access access, struct ca_dir *ret_dir, struct buf *why);
void ca_dir_free(struct ca_dir *dir); // wipes the keys
const struct ca_issuer *ca_dir_issuer(const struct ca_dir *dir, struct view id); // NULL: no such
