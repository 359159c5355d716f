// What an older copy of the database lacks, put in again from the audit log (backup/recover.h). Each of these changes nothing where it is there already.
#pragma once
#include "store/account.h"
#include "store/certificate.h"
#include "store/order.h"

// An account with its own number. XICA_EEXIST: the number or the key is another's.
XICA_MUST_CHECK int store_recover_account(struct store_txn *txn, const struct store_account *account);
// Its key now, and how it came to it, oldest first.
XICA_MUST_CHECK int store_recover_key(struct store_txn *txn, const struct store_account *account, const struct store_key_change *changes, size_t count);
// Its status now; rests: with its person. XICA_ENOTFOUND.
XICA_MUST_CHECK int store_recover_account_status(struct store_txn *txn, int64_t account, enum store_account_status status, bool rests);
// The order of this account by which a certificate was issued, where the database has it unfinished: it is finalized with these, and valid. None there is no error.
XICA_MUST_CHECK int store_recover_order(struct store_txn *txn, const struct store_order *order, xica_time keep_until);
// What was being issued for an order that has its certificate now, or for none, and does not stand in the log, is not issued.
XICA_MUST_CHECK int store_recover_pending(struct store_txn *txn);
// An issued certificate, with der; or one that was pending when the copy was made. *ret_new: it was not issued there.
XICA_MUST_CHECK int store_recover_certificate(struct store_txn *txn, const struct store_certificate *certificate, bool *ret_new);
// *ret_new: it was not revoked there.
XICA_MUST_CHECK int store_recover_revocation(struct store_txn *txn, struct view serial, unsigned reason, xica_time time, bool *ret_new);
// The next CRL of this issuer and shard has a higher number than this, and is made at once: the one that bore it is lost (der is empty).
XICA_MUST_CHECK int store_recover_crl_number(struct store_txn *txn, struct view issuer, uint32_t shard, uint64_t number);
// Numbers that were given since the copy was made are not given again: those of orders go on behind order, those of notes behind note, the others far away.
XICA_MUST_CHECK int store_recover_sequences(struct store_txn *txn, int64_t order, int64_t note);
