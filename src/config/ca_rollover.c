#include "config/ca_rollover.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "config/ca_change.h"
#include "config/ca_index.h"
#include "pki/certificate.h"

enum {
	LONGEST_OTHERWISE = 90 * XICA_DAY, // of a certificate, where xicad wasn't asked
	MARGIN = 30 * XICA_DAY,            // for whoever has to come together for it
	AFTERMATH = 2 * XICA_DAY,          // what has ended stands on one CRL more (RFC 5280 §3.3)
	ACTS = 4,                          // for each intermediate, at most
};

static const json_t *running_entry(const json_t *running, const char *id)
{
	const json_t *entry;
	size_t i;
	json_array_foreach(json_object_get(running, "issuers"), i, entry) {
		const char *other = json_string_value(json_object_get(entry, "id"));
		if (other && !strcmp(other, id))
			return entry;
	}
	return NULL;
}

static xica_time time_of(const json_t *object, const char *member)
{
	xica_time time = 0;
	const char *text = json_string_value(json_object_get(object, member));
	return text && !clock_parse_rfc3339(view_str(text), &time) ? time : 0;
}

xica_time ca_rollover_needed_until(const struct ca_issuer *issuer, const json_t *running)
{
	const json_t *entry = running_entry(running, issuer->id);
	return entry ? time_of(entry, "last_certificate_ends") : issuer->not_after;
}

static xica_time longest_validity(const json_t *running)
{
	json_int_t longest = json_integer_value(json_object_get(running, "longest_validity"));
	return longest > 0 ? longest : LONGEST_OTHERWISE;
}

static void add(struct ca_rollover_plan *plan, struct ca_rollover_step step)
{
	plan->list[plan->count++] = step;
}

// Is this the issuer name of the last certificate of one of its chains?
static bool leads_to(const struct ca_issuer *issuer, struct view root)
{
	for (size_t i = 0; i < issuer->chain_count; i++) {
		struct pki_certificate top;
		const char *why;
		const struct ca_chain *chain = &issuer->chains[i];
		if (!pki_certificate_parse(chain->certificates[chain->count - 1], &top, &why) && view_equal(top.issuer, root))
			return true;
	}
	return false;
}

static int add_alternates(struct ca_rollover_plan *plan, const struct ca_issuer *newest, const struct ca_issuer *older, xica_time now, struct arena *arena)
{
	for (size_t i = 0; i < older->chain_count; i++) {
		struct pki_certificate top;
		cleanup_buf name = BUF_INIT;
		const char *why;
		const struct ca_chain *chain = &older->chains[i];
		if (older->not_after <= now || pki_certificate_parse(chain->certificates[chain->count - 1], &top, &why) || leads_to(newest, top.issuer))
			continue;
		pki_name_add_text(&name, top.issuer);
		const char *root = arena_strdup(arena, buf_view(&name));
		if (!root)
			return XICA_ENOMEM;
		add(plan, (struct ca_rollover_step){CA_ROLLOVER_ALTERNATE, CA_ROLLOVER_DUE, newest->id, root, 0});
		return XICA_OK;
	}
	return XICA_OK;
}

static void add_begin(struct ca_rollover_plan *plan, const struct ca_issuer *newest, const json_t *running, xica_time now)
{
	xica_time from = newest->not_after - longest_validity(running) - MARGIN;
	add(plan, (struct ca_rollover_step){CA_ROLLOVER_BEGIN, now >= from ? CA_ROLLOVER_DUE : CA_ROLLOVER_LATER, newest->id, NULL, from});
}

// It says by whom it issues; where it has no entry for the newest one, it hasn't read the folder since.
static void add_reload(struct ca_rollover_plan *plan, const struct ca_dir *dir, const json_t *running)
{
	const struct ca_issuer *newest = &dir->issuers[0];
	if (running && !json_is_true(json_object_get(running_entry(running, newest->id), "issues")))
		add(plan, (struct ca_rollover_step){CA_ROLLOVER_RELOAD, CA_ROLLOVER_DUE, newest->id, NULL, 0});
	else if (!running && dir->issuer_count > 1)
		add(plan, (struct ca_rollover_step){CA_ROLLOVER_RELOAD, CA_ROLLOVER_UNKNOWN, newest->id, NULL, 0});
}

// One that xicad has no entry for is retired already, and xicad not reloaded since; or it was never there.
static void add_retire(struct ca_rollover_plan *plan, const struct ca_issuer *older, const json_t *running, xica_time now)
{
	xica_time until = ca_rollover_needed_until(older, running);
	bool issues = json_is_true(json_object_get(running_entry(running, older->id), "issues"));
	enum ca_rollover_state state = issues || (until && now < until + AFTERMATH) ? CA_ROLLOVER_LATER : CA_ROLLOVER_DUE;
	if (!running && state == CA_ROLLOVER_LATER)
		state = CA_ROLLOVER_UNKNOWN; // its own end is far; that of its last certificate may be near
	add(plan, (struct ca_rollover_step){CA_ROLLOVER_RETIRE, state, older->id, NULL, issues || !until ? 0 : until + AFTERMATH});
}

int ca_rollover_plan(const struct ca_dir *dir, const json_t *index, const json_t *running, xica_time now, struct arena *arena,
		     struct ca_rollover_plan *ret_plan)
{
	const json_t *requests = json_object_get(index, "requests"), *request;
	struct ca_rollover_plan plan = {0};
	size_t i;
	int error = XICA_OK;
	plan.list = arena_array(arena, json_array_size(requests) + dir->issuer_count * ACTS + ACTS, sizeof(*plan.list));
	if (!plan.list)
		return XICA_ENOMEM;
	json_array_foreach(requests, i, request)
		add(&plan, (struct ca_rollover_step){CA_ROLLOVER_IMPORT, CA_ROLLOVER_DUE, json_string_value(json_object_get(request, "id")), NULL, 0});
	if (dir->issuer_count) {
		add_reload(&plan, dir, running);
		for (i = 1; !error && i < dir->issuer_count && i < 2; i++)
			error = add_alternates(&plan, &dir->issuers[0], &dir->issuers[i], now, arena);
		for (i = 1; i < dir->issuer_count; i++)
			add_retire(&plan, &dir->issuers[i], running, now);
		if (!json_array_size(requests))
			add_begin(&plan, &dir->issuers[0], running, now);
	}
	if (!error)
		*ret_plan = plan;
	return error;
}

// --- retiring

static size_t find(const json_t *issuers, const char *id)
{
	const json_t *entry;
	size_t i;
	json_array_foreach(issuers, i, entry) {
		const char *other = json_string_value(json_object_get(entry, "id"));
		if (other && !strcmp(other, id))
			return i;
	}
	return SIZE_MAX;
}

static int check(struct ca_change *c, const char *id, size_t at, xica_time until, xica_time now)
{
	cleanup_buf text = BUF_INIT;
	if (at == 0)
		return ca_change_fail(c, XICA_EDENIED, id, "it issues; another must do so first");
	if (!until || now >= until + AFTERMATH)
		return XICA_OK;
	clock_add_rfc3339(&text, until + AFTERMATH);
	buf_addf(c->why, "%s: its status may be asked for until %s: retire it after that", id, buf_cstr(&text));
	return XICA_EDENIED;
}

// After the commit: nothing names it any more. Whatever it stood on may keep copies; this is no more than tidiness.
static int destroy_key(struct ca_change *c, const char *name)
{
	const char *path = ca_index_path(c->dir, "keys", name, &c->arena);
	if (!path)
		return XICA_ENOMEM;
	if ((!unlink(path) || errno == ENOENT) && !file_sync_folder(path))
		return XICA_OK;
	return ca_change_fail(c, XICA_EIO, path, "it is retired, but its key could not be removed: run this again, or do it by hand");
}

// It is not in the index, but its key is in the folder: power was lost between the two. A key whose request is out is none such.
static int destroy_left_over(struct ca_change *c, const char *id)
{
	bool is_id = strlen(id) == CA_ID_LEN && strspn(id, "0123456789abcdef") == CA_ID_LEN;
	const char *name = is_id && !ca_index_find(c->index, "requests", id) ? arena_printf(&c->arena, CA_ISSUER_KEY_NAME, id) : NULL;
	const char *path = name ? ca_index_path(c->dir, "keys", name, &c->arena) : NULL;
	if (!path || !file_exists(path))
		return ca_change_fail(c, XICA_ENOTFOUND, id, "there is no such intermediate");
	return destroy_key(c, name);
}

static int take_out(struct ca_change *c, json_t *issuers, size_t at)
{
	const char *key = arena_strdup(&c->arena, view_str(json_string_value(json_object_get(json_array_get(issuers, at), "key"))));
	int error = !key || json_array_remove(issuers, at) ? XICA_ENOMEM : ca_change_commit(c);
	return error ? error : destroy_key(c, key);
}

int ca_retire(const char *dir, const char *id, xica_time until, xica_time now, struct buf *why)
{
	struct ca_change c;
	int error = ca_change_begin(dir, false, why, &c);
	if (error)
		return error;
	json_t *issuers = json_object_get(c.index, "issuers");
	size_t at = find(issuers, id);
	if (at == SIZE_MAX)
		error = destroy_left_over(&c, id);
	else if (!(error = check(&c, id, at, until, now)))
		error = take_out(&c, issuers, at);
	ca_change_end(&c);
	return error;
}
