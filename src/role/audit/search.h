// Looking for certificates by their serials in the audit log: any number of serials in one way through it, from its end to its beginning, a stretch at a time. A log
// of years takes longer than a role's loop may be kept, and what was asked after a crash is tens of serials, of which those that were never signed are nowhere.
//
// A question is about the lines that are committed when it is asked. It may come while the search is on its way:
//
//   near the end still   the search turns back to the end, and goes on for all
//   further on           it is looked for from here to the beginning, and then from the end to here
//
// How much is read twice by turning back is bounded, so every question has its answer after twice the way at most, however many come.
#pragma once
#include "base/buf.h"
#include "base/clock.h"

enum {
	AUDIT_SERIAL_MAX = 20,           // bytes
	AUDIT_SEARCH_MAX = 16384,        // questions at once
	AUDIT_SEARCH_AGAIN = 64 << 20,   // bytes that one way through the log may cost more for those that come when it began
};

struct audit_sought {
	struct view serial;
	xica_time since;                 // lines older than this end the search for it; 0: none does
	void *asker;
	uint64_t id;                     // both as they were told
};

// 0: the certificate (DER). XICA_ENOTFOUND: no line has it. Else nobody can say; XICA_EPARSE: for one, because it stands in a line that can't be read. Must not ask or
// forget. All is borrowed.
typedef void audit_search_answer(void *context, const struct audit_sought *sought, int error, struct view certificate);

struct audit_question;

enum { AUDIT_SEARCH_CHAINS = 4096 };

struct audit_search {                    // begin with audit_search_begin
	audit_search_answer *answer;
	void *context;
	int fd;                          // borrowed
	uint64_t size;                   // of the log, when something was asked last
	uint64_t at;                     // where the next stretch ends
	uint64_t again;                  // bytes that may still be read twice on this way
	size_t count, timed;             // of questions, and of those with a time
	struct audit_question *chains[AUDIT_SEARCH_CHAINS]; // by serial
	struct buf stretch;
};

void audit_search_begin(struct audit_search *search, audit_search_answer *answer, void *context);
// In the first size bytes of the file, which are whole lines; no less than at the question before. The serial is copied. XICA_EINVAL: it is none.
// XICA_ERANGE: too many questions.
XICA_MUST_CHECK int audit_search_add(struct audit_search *search, int fd, uint64_t size, const struct audit_sought *sought);
// Reads a stretch and answers what can be said then. Is there more to do?
bool audit_search_step(struct audit_search *search);
void audit_search_fail(struct audit_search *search, int error); // is the answer to all
void audit_search_forget(struct audit_search *search, const void *asker); // nobody answers its questions
void audit_search_end(struct audit_search *search); // nor any other
