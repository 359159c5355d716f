// What operators and others did since a backup, done again from the audit log (inspect/act.h): blocked keys, names and networks, suspended and closed accounts and people,
// operators' rights, exceptions from limits, calls for renewal, revoked external account keys, decisions about orders.
#pragma once
#include "inspect/act.h"
#include "store/store.h"

struct backup_acts {
	uint64_t done;
	uint64_t lost;       // about an account that could not be put back: its number or its key is another's
	uint64_t keys_lost;  // external account keys that were made: their secrets stand in no log
};

// Changes nothing where what it is about is lost.
XICA_MUST_CHECK int backup_act(struct store_txn *txn, const struct inspect_act *act, struct backup_acts *acts);
