// Certificates: a row before there is a signature, and for ever after. Serial numbers are unique over all issuers (stronger than RFC 5280 §4.1.2.2), and
// rows are never deleted, so none is ever used twice.
#pragma once
#include "store/store.h"

enum store_certificate_status {
	STORE_CERTIFICATE_PENDING = 1,   // TBS committed; may or may not have been signed
	STORE_CERTIFICATE_ISSUED = 2,
	STORE_CERTIFICATE_ABANDONED = 3, // was never signed
	STORE_CERTIFICATE_REVOKED = 4,
};

enum { STORE_SERIAL_MAX = 20 };

struct store_certificate {
	int64_t id;              // of its row: one that was made later has a higher one
	struct view serial;      // 1 to 20 bytes, as in the DER INTEGER's content without a leading zero byte
	int64_t account;         // 0: none
	int64_t person;          // whose account that is (person.h); 0: nobody's
	int64_t order;           // may be gone already; 0: none
	struct view issuer;      // the signing CA's id
	uint32_t shard;          // of its CRLs
	struct view profile;
	xica_time made;          // when its row was; 0: by a version that did not say
	xica_time not_before;
	xica_time not_after;
	enum store_certificate_status status;
	struct view tbs;         // while pending; empty once issued, since der holds it
	struct view der;         // empty while pending
	uint8_t spki_sha256[STORE_HASH_LEN];
	xica_time revoked_at;    // 0: not revoked
	unsigned reason;         // CRLReason (RFC 5280 §5.3.1)
	struct view replaced_by; // serial of the one that its holder replaced it with (RFC 9773 §5); empty: none
	struct view *names;      // what it is found by: its subject alternative names as text, without line ends
	size_t name_count;
};

// A pending one: id, status, der, revoked_at, reason, replaced_by and person (it is the account's) are ignored. XICA_EEXIST: the serial was used before.
XICA_MUST_CHECK int store_certificate_insert(struct store_txn *txn, const struct store_certificate *certificate);
XICA_MUST_CHECK int store_certificate_get(struct store_txn *txn, struct view serial, struct arena *arena,
					  struct store_certificate *ret_certificate);
// pending -> issued; XICA_ECONFLICT otherwise, as in the next two.
XICA_MUST_CHECK int store_certificate_issued(struct store_txn *txn, struct view serial, struct view der);
XICA_MUST_CHECK int store_certificate_abandon(struct store_txn *txn, struct view serial); // pending -> abandoned
// issued -> revoked; raises the revision of its CRL shard.
XICA_MUST_CHECK int store_certificate_revoke(struct store_txn *txn, struct view serial, unsigned reason, xica_time time);

// The names of a certificate's row as a list: views into text, which has a line for each. For this room.
XICA_MUST_CHECK int store_certificate_split_names(struct view text, struct arena *arena, struct view **ret_names, size_t *ret_count);

// For recovery: the serials of pending ones, oldest first, at most limit. (Those seen become issued or abandoned, so the next call brings others.)
XICA_MUST_CHECK int store_certificate_list_pending(struct store_txn *txn, size_t limit, struct arena *arena, struct view **ret_serials,
						   size_t *ret_count);

// --- certificate_list.c: serials, newest first, page by page
struct store_certificate_page {
	struct view after;       // the last serial of the page before; empty: the first page
	size_t limit;
};

// XICA_ENOTFOUND, of all of them: there is no certificate with the serial in page->after.
XICA_MUST_CHECK int store_certificate_list(struct store_txn *txn, const struct store_certificate_page *page, struct arena *arena,
					   struct view **ret_serials, size_t *ret_count);
// In whatever status, with exactly this name.
XICA_MUST_CHECK int store_certificate_list_by_name(struct store_txn *txn, struct view name, const struct store_certificate_page *page,
						   struct arena *arena, struct view **ret_serials, size_t *ret_count);
// With one name or the other.
XICA_MUST_CHECK int store_certificate_list_by_names(struct store_txn *txn, const struct view names[2], const struct store_certificate_page *page,
						    struct arena *arena, struct view **ret_serials, size_t *ret_count);
// Likewise of an account.
XICA_MUST_CHECK int store_certificate_list_by_account(struct store_txn *txn, int64_t account, const struct store_certificate_page *page,
						      struct arena *arena, struct view **ret_serials, size_t *ret_count);
// Of all accounts of a person: issued and revoked ones. XICA_ENOTFOUND also where page->after is another person's.
XICA_MUST_CHECK int store_certificate_list_by_person(struct store_txn *txn, int64_t person, const struct store_certificate_page *page,
						     struct arena *arena, struct view **ret_serials, size_t *ret_count);
// Issued (not revoked) ones for this public key: all of them must go when it is compromised.
XICA_MUST_CHECK int store_certificate_list_by_key(struct store_txn *txn, const uint8_t spki_sha256[STORE_HASH_LEN],
						  const struct store_certificate_page *page, struct arena *arena, struct view **ret_serials,
						  size_t *ret_count);
// Is one pending, which may become an issued one?
XICA_MUST_CHECK int store_certificate_key_pending(struct store_txn *txn, const uint8_t spki_sha256[STORE_HASH_LEN], bool *ret_pending);

// --- certificate_renewal.c
// The newest issued certificate, of whatever account, made after this one and with a later notAfter, that has all its names. XICA_ENOTFOUND: there is
// none, or no certificate with this serial. Before any other: the one that it was replaced with.
XICA_MUST_CHECK int store_certificate_renewed_by(struct store_txn *txn, struct view serial, struct arena *arena, struct view *ret_serial);
// Does this one have all names of another, issued before it (and perhaps revoked since), or does its order say to replace one?
XICA_MUST_CHECK int store_certificate_renews(struct store_txn *txn, const struct store_certificate *certificate, bool *ret_renews);
// Was no other one issued with this name, whether it is revoked by now or not?
XICA_MUST_CHECK int store_certificate_is_first(struct store_txn *txn, const struct store_certificate *certificate, struct view name, bool *ret_first);

// Issued, not revoked, notAfter not before the day of now (in days of UTC: one that expires today counts until midnight).
XICA_MUST_CHECK int store_certificate_count_active(struct store_txn *txn, xica_time now, uint64_t *ret_count);

struct store_revocation {
	struct view serial;      // borrowed for the call
	xica_time time;
	unsigned reason;
};

// 0 to go on; anything else ends the list, which returns it. Must not use the txn.
typedef int store_revocation_each(const struct store_revocation *revocation, void *context);
struct store_revocation_page {
	struct view after;       // a serial: those behind it; empty: from the beginning
	size_t limit;
};

// Revoked certificates of this issuer and shard whose notAfter is not before since, in the order of their serials (bytewise).
XICA_MUST_CHECK int store_certificate_list_revoked(struct store_txn *txn, struct view issuer, uint32_t shard, xica_time since,
						   const struct store_revocation_page *page, store_revocation_each *each, void *context);
