// The operator's commands, as the registrar carries them out (command.c): asked by the control socket (control/control.c) or by the site's console
// (site.c). There is one file of commands for each aggregate, with a table.
//
// A command is one unit of work and bounded: what may be long (a list, a mass revocation) comes in portions, and the answer says where the next one begins.
// What changes something leaves a note in the same unit, which goes into the signer's audit log (audit.c).
#pragma once
#include <jansson.h>

#include "role/registrar/registrar.h"

enum {
	CONTROL_QUESTION_MAX = 65536, // bytes of a packet
	CONTROL_ARGUMENTS_MAX = 12,   // with the command itself: each stands in the audit log
	CONTROL_PAGE_BYTES = 49152,   // of a list in an answer
	CONTROL_PAGE_MAX = 200,       // of its elements
};

enum control_from { CONTROL_SOCKET, CONTROL_SITE };

// answer is borrowed for the call: an object with the result's members, or with "error", a sentence.
typedef void control_done(void *context, json_t *answer);

struct control_verb;

struct control_command {
	struct registrar *registrar;
	const struct control_verb *verb;
	json_t *arguments;     // the question
	struct view by;        // who asks: a mail address, or "uid 0 (control socket)"; in the arena
	xica_time now;
	struct arena arena;    // of this command
	json_t *result;        // an object; made by the command
	json_t *outcome;       // an object that the note says besides the arguments: what came of it; NULL: nothing
	void *state;           // from work to then; in the arena
	const char *error;     // what the operator is told where the command returns an error: static, or in the arena
	control_done *done;
	void *context;
};

enum control_kind {
	CONTROL_LOOK,          // changes nothing
	CONTROL_ACT,           // noted in the audit log
	CONTROL_ACT_OR_DRY,    // likewise; with "dry": true it only says what it would do, and nothing is noted
	CONTROL_LOCAL_ACT,     // likewise, and for the socket alone: whoever has the console can't give it to others
};

struct control_verb {
	const char *name;
	enum control_kind kind;
	store_work *work;      // with a struct control_command; NULL: it doesn't need the database
	void (*then)(struct control_command *command); // after the commit; NULL: nothing. Says in the log what was done.
	void (*ask)(struct control_command *command);  // after that, instead of the answer: asks another role, and goes on by control_answer later
};

// Each ends with an entry without a name.
extern const struct control_verb registrar_control_eab[], registrar_control_certificates[], registrar_control_revoke[], registrar_control_renewal[], registrar_control_issuers[], registrar_control_accounts[],
	registrar_control_orders[], registrar_control_review[], registrar_control_blocked[], registrar_control_persons[], registrar_control_mail[],
	registrar_control_health[], registrar_control_issue[], registrar_control_limits[], registrar_control_audit[];
extern const struct control_verb registrar_control_blocks[];

// --- command.c
// question: {"command": …, arguments}; its reference stays the caller's. done is called later, once, from the loop. XICA_ENOMEM: it is not.
XICA_MUST_CHECK int control_carry_out(struct registrar *registrar, json_t *question, enum control_from from, struct view by, control_done *done,
				      void *context);
// The end of a command with an ask: its result, or this sentence (borrowed).
void control_answer(struct control_command *command, const char *error);

// --- control/values.c: arguments in, values of the answer out
// XICA_EINVAL with command->error set, of all that are fallible.
XICA_MUST_CHECK int control_fail(struct control_command *command, int error, const char *sentence); // returns error
struct view control_text(const struct control_command *command, const char *member);                // empty: not there
XICA_MUST_CHECK int control_id(struct control_command *command, const char *member, int64_t *ret_id); // a positive integer; 0: not there
// Hexadecimal in any of the ways that programs print serial numbers (colons, leading zeros, either case). Empty: not there.
XICA_MUST_CHECK int control_serial(struct control_command *command, const char *member, struct view *ret_serial);
XICA_MUST_CHECK int control_hash(struct control_command *command, const char *member, bool *ret_there, uint8_t ret_hash[STORE_HASH_LEN]); // SHA-256 in hexadecimal
// RFC 3339, or a date alone; 0: not there.
XICA_MUST_CHECK int control_time(struct control_command *command, const char *member, xica_time *ret_time);
// Filters of a list: "name", "account", "status" (one of states, which stand for 1 and so on), "profile", "since", "until", "limit".
struct store_find;
XICA_MUST_CHECK int control_filter(struct control_command *command, const char *const *states, size_t state_count, struct store_find *ret_find);
size_t control_limit(const struct control_command *command); // elements of a list: 1 to CONTROL_PAGE_MAX

json_t *control_json_text(struct view text);
json_t *control_json_hex(struct view bytes);
json_t *control_json_time(xica_time time); // null for 0
json_t *control_json_id(int64_t id);       // null for 0

// Appends element (its reference is taken) to the list unless the answer grows too long by it. *used counts bytes, from 0. False: the list ends before it.
bool control_page_add(json_t *list, json_t *element, size_t *used);
// {member: list, "next": cursor}, next only where a cursor is; takes both references. XICA_ENOMEM.
XICA_MUST_CHECK int control_page_end(struct control_command *command, const char *member, json_t *list, json_t *next);

// --- control/certificates.c
XICA_MUST_CHECK int control_certificate_get(struct store_txn *txn, struct control_command *command, struct view serial,
					    struct store_certificate *ret_certificate);
