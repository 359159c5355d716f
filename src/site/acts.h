// Acts that the audit log tells of by lines of their own, whoever does them: each changes the database and leaves the note for its line (store/operator_note.h) in the same
// unit. `xica restore` brings them back from these lines, and `xica audit` holds the rows against them (inspect/act.h).
//
//   block-key   {"spki_sha256", "reason"}                             a key came onto the block list
//   account     {"account", "status", "rests"?, "account_key"}        an ACME account was suspended, resumed ("valid") or deactivated; rests: with its person
//   eab         {"kid"}                                               an external account key was revoked
//   person      {"person"}                                            a person deleted their account on the site, or an operator did
//
// Each has "done", the time, and "by".
#pragma once
#include "store/account.h"
#include "store/person.h"

struct site_act {
	xica_time now;
	struct view by;      // "account 7", "person 3", an operator
};

// One that is there already stays as it is, and nothing is noted. *ret_added may be NULL.
XICA_MUST_CHECK int site_act_block_key(struct store_txn *txn, const struct site_act *act, const uint8_t spki_sha256[STORE_HASH_LEN], struct view reason, bool *ret_added);
// XICA_ECONFLICT: its status isn't from.
XICA_MUST_CHECK int site_act_account(struct store_txn *txn, const struct site_act *act, int64_t account, enum store_account_status from, enum store_account_status to);
// The accounts of a person who is suspended, or no longer.
XICA_MUST_CHECK int site_act_rest(struct store_txn *txn, const struct site_act *act, int64_t person, bool rest, size_t *ret_count);
XICA_MUST_CHECK int site_act_revoke_eab(struct store_txn *txn, const struct site_act *act, struct view kid); // XICA_ECONFLICT as store_eab_revoke
XICA_MUST_CHECK int site_act_delete_person(struct store_txn *txn, const struct site_act *act, int64_t person);
