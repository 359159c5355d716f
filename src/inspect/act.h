// Lines of the audit log that tell of acts (role/registrar/audit.h, site/acts.h), read as what they did to the database: `xica restore` does it again, and the inspection
// holds the rows against it. A note that waits for the log (store/operator_note.h) reads as its line will. Pure.
#pragma once
#include <jansson.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/rate.h"
#include "crypto/digest.h"

enum inspect_act_kind {               // what of struct inspect_act is said
	INSPECT_ACT_KEY_BLOCKED,      // hash, text: reason
	INSPECT_ACT_NAME_BLOCKED,     // value, flag: below, text: reason
	INSPECT_ACT_NETWORK_BLOCKED,  // value, text: reason
	INSPECT_ACT_NAME_UNBLOCKED,   // value
	INSPECT_ACT_NETWORK_UNBLOCKED, // value
	INSPECT_ACT_ACCOUNT_VALID,    // id, text: its key, a JWK; empty: not said
	INSPECT_ACT_ACCOUNT_SUSPENDED, // likewise; flag: it rests with its person
	INSPECT_ACT_ACCOUNT_DEACTIVATED, // likewise
	INSPECT_ACT_PERSON_SUSPENDED, // id
	INSPECT_ACT_PERSON_RESUMED,   // id
	INSPECT_ACT_PERSON_OPERATOR,  // id, flag
	INSPECT_ACT_PERSON_LOGGED_OUT, // id
	INSPECT_ACT_PERSON_DELETED,   // id
	INSPECT_ACT_EAB_MADE,         // value: kid
	INSPECT_ACT_EAB_REVOKED,      // value: kid
	INSPECT_ACT_RATE_SET,         // limit: its kind's word, value: owner, rate, text: reason
	INSPECT_ACT_RATE_DROPPED,     // limit, value
	INSPECT_ACT_RENEWAL_CALLED,   // value: serial, text: explanation
	INSPECT_ACT_RENEWAL_WITHDRAWN, // value: serial
	INSPECT_ACT_ORDER_APPROVED,   // id
	INSPECT_ACT_ORDER_REFUSED,    // id, text: reason
};

struct inspect_act { // everything borrowed for the call
	enum inspect_act_kind kind;
	xica_time time;      // when it was done
	struct view by;
	int64_t id;
	struct view value, text, limit;
	bool flag;
	struct rate rate;
	uint8_t hash[CRYPTO_SHA256_LEN];
};

typedef int inspect_act_each(const struct inspect_act *act, void *context);

// kind: of the line, or of the note ("operator" where it says none). None where the line tells of no such act, or does not say enough. XICA_ENOMEM, or what each returned.
XICA_MUST_CHECK int inspect_acts_read(const char *kind, const json_t *line, inspect_act_each *each, void *context);
// Is a text the one of a line, which may have been cut short there ("…")?
bool inspect_act_text_is(struct view line, struct view text);
