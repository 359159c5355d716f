// Rates (limits { } in the configuration, store/limit.h), by the operator: which are felt just now, forgiving what was taken, and other rates for one account, domain or address.
//
// "account": N, "domain": NAME or "address": A say whom a command is about, "kind" which of its limits (all by default).
#include "base/log.h"
#include "role/registrar/control/control.h"
#include "role/registrar/limits.h"

enum { TARGETS_MAX = 3 };

struct targets { // limits of one owner
	struct {
		enum store_limit_kind kind;
		struct view owner;
	} list[TARGETS_MAX];
	size_t count;
};

static void add_target(struct targets *targets, enum store_limit_kind only, enum store_limit_kind kind, const char *owner)
{
	if (only && only != kind)
		return;
	targets->list[targets->count].kind = kind;
	targets->list[targets->count++].owner = view_str(owner);
}

static int read_kind(struct control_command *command, enum store_limit_kind *ret_kind)
{
	struct view text = control_text(command, "kind");
	*ret_kind = 0;
	if (text.len && !store_limit_kind_parse(text, ret_kind))
		return control_fail(command, XICA_EINVAL, "the kind must be accounts-per-address, accounts-per-network, orders-per-account, orders-per-names, "
							  "certificates-per-domain or failed-validations");
	return XICA_OK;
}

static int add_address(struct control_command *command, struct view address, enum store_limit_kind only, struct targets *targets)
{
	const char *text = arena_strdup(&command->arena, address);
	const char *one = text ? registrar_limit_network(text, 32, 64, &command->arena) : NULL, *network = text ? registrar_limit_network(text, 24, 48, &command->arena) : NULL;
	if (!one || !network)
		return control_fail(command, XICA_EINVAL, "the address must be an IPv4 or IPv6 address");
	add_target(targets, only, STORE_LIMIT_ACCOUNTS_PER_ADDRESS, one);
	add_target(targets, only, STORE_LIMIT_ACCOUNTS_PER_NETWORK, network);
	return XICA_OK;
}

static int add_domain(struct control_command *command, struct view domain, enum store_limit_kind only, struct targets *targets)
{
	struct view ascii, registrable;
	if (pki_name_to_ascii(domain, &command->arena, &ascii) || pki_name_registrable(ascii, &command->arena, &registrable))
		return control_fail(command, XICA_EINVAL, "that is no domain name");
	add_target(targets, only, STORE_LIMIT_CERTIFICATES_PER_DOMAIN, arena_strdup(&command->arena, registrable));
	return XICA_OK;
}

static int add_account(struct control_command *command, int64_t account, enum store_limit_kind only, struct targets *targets)
{
	const char *owner = arena_printf(&command->arena, "%lld", (long long)account);
	if (!owner)
		return XICA_ENOMEM;
	add_target(targets, only, STORE_LIMIT_ORDERS_PER_ACCOUNT, owner);
	add_target(targets, only, STORE_LIMIT_ORDERS_PER_NAMES, owner);
	add_target(targets, only, STORE_LIMIT_FAILED_VALIDATIONS, owner);
	return XICA_OK;
}

// None where nobody is named.
static int read_targets(struct control_command *command, struct targets *targets)
{
	struct view domain = control_text(command, "domain"), address = control_text(command, "address");
	enum store_limit_kind kind;
	int64_t account = 0;
	*targets = (struct targets){0};
	int error = read_kind(command, &kind);
	if (error || (error = control_id(command, "account", &account)))
		return error;
	if ((account != 0) + (domain.len != 0) + (address.len != 0) > 1)
		return control_fail(command, XICA_EINVAL, "say one of account, domain and address");
	if (account)
		error = add_account(command, account, kind, targets);
	else if (domain.len)
		error = add_domain(command, domain, kind, targets);
	else if (address.len)
		error = add_address(command, address, kind, targets);
	if (!error && (account || domain.len || address.len) && !targets->count)
		return control_fail(command, XICA_EINVAL, "this kind of limit is not one of those");
	return error;
}

static int want_targets(struct control_command *command, struct targets *targets)
{
	int error = read_targets(command, targets);
	return error || targets->count ? error : control_fail(command, XICA_EINVAL, "say whom it is about: account, domain or address");
}

// --- which are felt just now

static int row_json(struct store_txn *txn, struct control_command *command, const struct store_limit_row *row, json_t **ret_json)
{
	struct rate rate = command->registrar->config->rates[row->kind];
	struct store_override override;
	cleanup_buf text = BUF_INIT;
	struct view owner = view_index(row->subject, '/', 0) == SIZE_MAX ? view_sub(row->subject, 0, view_index(row->subject, ':', 0)) : row->subject;
	int error = store_override_get(txn, row->kind, owner, &command->arena, &override);
	if (error && error != XICA_ENOTFOUND)
		return error;
	if (!error)
		rate = override.rate;
	xica_time wait = rate_wait(&rate, row->tat_us, command->now);
	rate_add_text(&text, &rate);
	*ret_json = json_pack("{s:s, s:o, s:o, s:s, s:I, s:o, s:o}", "kind", store_limit_kind_text(row->kind), "owner", control_json_text(owner), "what",
			      control_json_text(row->note.len ? row->note : row->subject), "rate", buf_cstr(&text), "left",
			      (json_int_t)rate_left(&rate, row->tat_us, command->now), "refused_until", control_json_time(wait ? command->now + wait : 0), "forgotten_at",
			      control_json_time(row->tat_us / 1000000 + 1));
	return *ret_json ? XICA_OK : XICA_ENOMEM;
}

// "3 17:ab…": kind and subject of the last row.
static int read_cursor(struct control_command *command, enum store_limit_kind *ret_kind, struct view *ret_rest)
{
	struct view after = control_text(command, "after");
	if (!after.len)
		return XICA_OK;
	if (after.len < 3 || after.ptr[0] < '1' || after.ptr[0] > '9' || after.ptr[1] != ' ')
		return control_fail(command, XICA_EINVAL, "the cursor is not what a list before said");
	*ret_kind = (enum store_limit_kind)(after.ptr[0] - '0');
	*ret_rest = view_sub(after, 2, SIZE_MAX);
	return XICA_OK;
}

struct listing {
	json_t *list, *next;
	size_t used, room;
	bool full;
};

static int list_page(struct store_txn *txn, struct control_command *command, const struct store_limit_page *page, struct listing *listing)
{
	struct store_limit_row *rows;
	size_t count;
	int error = store_limit_list(txn, page, command->now, &command->arena, &rows, &count);
	for (size_t i = 0; !error && i < count && !listing->full; i++) {
		json_t *row;
		if ((error = row_json(txn, command, &rows[i], &row)))
			break;
		listing->full = !control_page_add(listing->list, row, &listing->used) || json_array_size(listing->list) == listing->room;
		if (json_array_size(listing->list) == listing->room || !listing->full) {
			json_decref(listing->next);
			listing->next = json_sprintf("%d %.*s", (int)rows[i].kind, VIEW_FMT(rows[i].subject));
		}
	}
	return error;
}

static int limit_list(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct listing listing = {.list = json_array(), .room = control_limit(command)};
	struct store_limit_page page = {.limit = listing.room};
	struct targets targets;
	int error = read_targets(command, &targets);
	if (!error)
		error = read_cursor(command, &page.after_kind, &page.after_subject);
	if (!error && !targets.count && !(error = read_kind(command, &page.kind)))
		error = list_page(txn, command, &page, &listing);
	for (size_t i = 0; !error && i < targets.count && !listing.full; i++) {
		page.kind = targets.list[i].kind;
		page.owner = targets.list[i].owner;
		if (page.kind >= page.after_kind)
			error = list_page(txn, command, &page, &listing);
	}
	if (error) {
		json_decref(listing.list);
		json_decref(listing.next);
		return error;
	}
	if (!listing.full) {
		json_decref(listing.next);
		listing.next = NULL;
	}
	return control_page_end(command, "limits", listing.list, listing.next);
}

// --- forgiven

static int limit_reset(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct targets targets;
	size_t all = 0;
	int error = want_targets(command, &targets);
	for (size_t i = 0; !error && i < targets.count; i++) {
		size_t count = 0;
		error = store_limit_reset(txn, targets.list[i].kind, targets.list[i].owner, &count);
		all += count;
	}
	if (error)
		return error;
	command->result = json_pack("{s:I}", "reset", (json_int_t)all);
	command->outcome = json_pack("{s:I}", "reset", (json_int_t)all);
	return command->result && command->outcome ? XICA_OK : XICA_ENOMEM;
}

// --- decided otherwise

// Whom it is about, as it is kept, however it was said.
static json_t *outcome_json(const struct targets *targets, const struct rate *rate)
{
	cleanup_buf text = BUF_INIT;
	json_t *list = json_array();
	for (size_t i = 0; i < targets->count; i++)
		(void)json_array_append_new(list, json_pack("{s:s, s:o}", "kind", store_limit_kind_text(targets->list[i].kind), "owner",
							    control_json_text(targets->list[i].owner)));
	json_t *outcome = json_pack("{s:o}", "limits", list);
	if (rate)
		rate_add_text(&text, rate);
	if (rate && outcome)
		(void)json_object_set_new(outcome, "rate", json_string(buf_cstr(&text)));
	return outcome;
}

static json_t *override_json(const struct store_override *override)
{
	cleanup_buf text = BUF_INIT;
	rate_add_text(&text, &override->rate);
	return json_pack("{s:s, s:o, s:s, s:o, s:o}", "kind", store_limit_kind_text(override->kind), "owner", control_json_text(override->owner), "rate", buf_cstr(&text),
			 "reason", control_json_text(override->reason), "time", control_json_time(override->time));
}

// A limit that is off in the configuration is off for all, and a rate of one's own from it would do nothing.
static int leave_out_off(struct control_command *command, struct targets *targets)
{
	enum store_limit_kind first = targets->list[0].kind;
	struct targets on = {0};
	for (size_t i = 0; i < targets->count; i++)
		if (!rate_is_none(&command->registrar->config->rates[targets->list[i].kind]))
			on.list[on.count++] = targets->list[i];
	if (!on.count)
		return control_fail(command, XICA_ECONFLICT,
				    arena_printf(&command->arena, "%s is off for all, and no rate holds: give it one in limits { } of the configuration and reload xicad, then set others",
						 store_limit_kind_text(first)));
	*targets = on;
	return XICA_OK;
}

static int limit_override(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_override override = {.reason = control_text(command, "reason"), .time = command->now};
	struct targets targets;
	json_t *list = json_array();
	int error = want_targets(command, &targets);
	if (!error && rate_parse(control_text(command, "rate"), &override.rate))
		error = control_fail(command, XICA_EINVAL, "the rate must be as \"300 per 3h\", \"300 per 3h, burst 50\", or \"none\" for no limit");
	if (!error && !rate_is_none(&override.rate))
		error = leave_out_off(command, &targets);
	for (size_t i = 0; !error && i < targets.count; i++) {
		override.kind = targets.list[i].kind;
		override.owner = targets.list[i].owner;
		error = store_override_put(txn, &override);
		(void)json_array_append_new(list, override_json(&override));
	}
	command->result = error ? NULL : json_pack("{s:O}", "overrides", list);
	command->outcome = error ? NULL : outcome_json(&targets, &override.rate);
	json_decref(list);
	return error ? error : command->result && command->outcome ? XICA_OK : XICA_ENOMEM;
}

static int limit_override_drop(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct targets targets;
	size_t dropped = 0;
	int error = want_targets(command, &targets);
	for (size_t i = 0; !error && i < targets.count; i++) {
		error = store_override_delete(txn, targets.list[i].kind, targets.list[i].owner);
		dropped += !error;
		error = error == XICA_ENOTFOUND ? XICA_OK : error;
	}
	if (!error && !dropped)
		return control_fail(command, XICA_ENOTFOUND, "nothing was decided otherwise there");
	command->result = error ? NULL : json_pack("{s:I}", "dropped", (json_int_t)dropped);
	command->outcome = error ? NULL : outcome_json(&targets, NULL);
	return error ? error : command->result && command->outcome ? XICA_OK : XICA_ENOMEM;
}

static int limit_overrides(struct store_txn *txn, void *context)
{
	struct control_command *command = context;
	struct store_override *rows;
	enum store_limit_kind after_kind = 0;
	struct view after = VIEW_NONE;
	json_t *list = json_array();
	size_t count, i, used = 0, limit = control_limit(command);
	int error = read_cursor(command, &after_kind, &after);
	if (error || (error = store_override_list(txn, after_kind, after, limit, &command->arena, &rows, &count))) {
		json_decref(list);
		return error;
	}
	for (i = 0; i < count; i++)
		if (!control_page_add(list, override_json(&rows[i]), &used))
			break;
	json_t *next = i && (i < count || count == limit) ? json_sprintf("%d %.*s", (int)rows[i - 1].kind, VIEW_FMT(rows[i - 1].owner)) : NULL;
	return control_page_end(command, "overrides", list, next);
}

const struct control_verb registrar_control_limits[] = {
	{"limit-list", CONTROL_LOOK, limit_list, NULL, NULL},
	{"limit-reset", CONTROL_ACT, limit_reset, NULL, NULL},
	{"limit-override", CONTROL_ACT, limit_override, NULL, NULL},
	{"limit-override-drop", CONTROL_ACT, limit_override_drop, NULL, NULL},
	{"limit-overrides", CONTROL_LOOK, limit_overrides, NULL, NULL},
	{NULL},
};
