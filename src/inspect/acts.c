// What acts left in the database: blocks, accounts that are not valid, people who are suspended or operators, rates, calls for renewal, revoked keys of accounts.
//
// Exactly, though xicad runs: the rows are of one moment, and each act has a note with a number that the database gave. So what the log tells of with a higher number came later, and
// what it does not tell of yet waits as a note in the database itself.
#include "inspect/pass.h"

#include <sys/stat.h>

#include "jose/jws.h"
#include "store/operator_note.h"

// --- what was done

static int take_act(const struct inspect_act *act, void *context)
{
	return inspect_expect(&((struct inspect_pass *)context)->expected, act);
}

// A crash may double lines: their number shows it.
int inspect_acts_note(struct inspect_pass *run, const char *kind, const json_t *line, int64_t number)
{
	if (number && number <= run->last_note)
		return XICA_OK;
	run->last_note = number ? number : run->last_note;
	return inspect_acts_read(kind, line, take_act, run);
}

struct ahead { // the log's end, read beyond where the inspection is
	struct inspect_pass *run;
	int64_t last; // of the moment
};

static int take_line(const json_t *line, void *context)
{
	struct ahead *ahead = context;
	const char *kind = json_string_value(json_object_get(line, "kind"));
	int64_t number = json_integer_value(json_object_get(line, "note"));
	return kind && number && number <= ahead->last ? inspect_acts_note(ahead->run, kind, line, number) : XICA_OK;
}

static void say_nothing(const struct inspect_finding *finding, void *context)
{
	(void)finding, (void)context;
}

static int read_ahead(struct inspect_pass *run, int64_t last)
{
	struct inspect_subject silent = {.each = say_nothing};
	struct inspect_log log = run->log; // which stays where it is
	struct ahead ahead = {run, last};
	struct stat is;
	int error = fstat(run->fd, &is) ? XICA_EIO : XICA_EAGAIN;
	log.subject = &silent;
	while (error == XICA_EAGAIN)
		error = inspect_log_step(&log, (uint64_t)is.st_size, take_line, &ahead);
	return error;
}

static int read_waiting(struct inspect_pass *run)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_operator_note *notes;
	size_t count;
	int error = store_operator_note_list(run->txn, INT32_MAX, &arena, &notes, &count);
	for (size_t i = 0; !error && i < count; i++) {
		json_t *body = jose_json_parse(notes[i].body);
		const char *kind = json_string_value(json_object_get(body, "kind"));
		error = inspect_acts_note(run, kind ? kind : "operator", body, notes[i].id);
		json_decref(body);
	}
	return error;
}

int inspect_acts(struct inspect_pass *run)
{
	int64_t last = 0;
	int error = store_operator_note_last(run->txn, &last); // the moment begins
	if (!error)
		error = read_ahead(run, last);
	if (!error)
		error = read_waiting(run);
	return error ? error : inspect_act_rows(run);
}
