// What a person is told of what was done: a line in their history, a letter. Both are rows in the unit of what they tell, so that neither is without the other.
#pragma once
#include "site/site.h"

struct site_value { // for a letter's {{name}}
	const char *name;
	struct view text;
};

// A line of this person's history, with the client's address. what: a word ("history.WORD" in the catalogue). Takes detail, an object; NULL: {}.
XICA_MUST_CHECK int site_event(struct store_txn *txn, struct site_request *request, int64_t person, const char *what, json_t *detail);

// A letter into the queue. values end with one without a name; url (the CA's) is added to each. person: whose queue it goes with; 0: nobody's.
// The owner hears of it after the commit.
XICA_MUST_CHECK int site_letter(struct store_txn *txn, struct site_request *request, struct view to, const char *language, int64_t person,
				const char *letter, const struct site_value *values);
// The same to the person's own address, in their language.
XICA_MUST_CHECK int site_letter_to(struct store_txn *txn, struct site_request *request, const struct store_person *person, const char *letter,
				   const struct site_value *values);
struct view site_page(struct site_request *request, const char *page); // URL/PAGE, in the arena; empty: no memory
// URL/PAGE#TOKEN: a fragment never reaches a server's log or another site.
struct view site_link(struct site_request *request, const char *page, struct view token); // in the arena; empty: no memory
// "2026-11-23 01:50 UTC": the request's time, for letters; in the arena.
struct view site_time_text(struct site_request *request);
