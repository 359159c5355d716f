// What the database must hold by all that the log told of acts (inspect/act.h): of each key, name, account … how the last act left it. About 200 bytes each. Pure.
#pragma once
#include "inspect/act.h"

enum inspect_subject_kind { // what an entry is about, and its name
	INSPECT_OF_KEY = 'k',      // SHA-256 of the SubjectPublicKeyInfo
	INSPECT_OF_NAME = 'n',     // a domain
	INSPECT_OF_NETWORK = 'w',
	INSPECT_OF_ACCOUNT = 'a',  // the number, decimal
	INSPECT_OF_PERSON = 'p',   // likewise: suspended
	INSPECT_OF_OPERATOR = 'o', // likewise: is one
	INSPECT_OF_EAB = 'e',      // the kid: revoked
	INSPECT_OF_RATE = 'r',     // the kind of limit, a blank, the owner
	INSPECT_OF_RENEWAL = 'c',  // the serial
};

struct inspect_entry {
	struct inspect_entry *next, *in_bucket;
	struct view name;          // with its kind in front
	struct inspect_act act;    // the last one; what it says is the entry's own
	bool there;                // false: what was there is gone again
	bool seen;                 // the database has it
};

struct inspect_expected { // begin with zeros
	struct arena arena;
	struct inspect_entry *first, **buckets;
	size_t count, bucket_count;
};

XICA_MUST_CHECK int inspect_expect(struct inspect_expected *expected, const struct inspect_act *act); // XICA_ENOMEM
// NULL: the log told of none. One that is not there any more is none either.
struct inspect_entry *inspect_expected_find(const struct inspect_expected *expected, enum inspect_subject_kind kind, struct view name);
void inspect_expected_free(struct inspect_expected *expected);
