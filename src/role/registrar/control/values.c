#include "base/hex.h"
#include "pki/serial.h"
#include "role/registrar/control/control.h"
#include "store/find.h"

#include <string.h>

// --- arguments

int control_fail(struct control_command *command, int error, const char *sentence)
{
	command->error = sentence;
	return error;
}

struct view control_text(const struct control_command *command, const char *member)
{
	const json_t *value = json_object_get(command->arguments, member);
	return json_is_string(value) ? view_bytes(json_string_value(value), json_string_length(value)) : VIEW_NONE;
}

int control_id(struct control_command *command, const char *member, int64_t *ret_id)
{
	const json_t *value = json_object_get(command->arguments, member);
	if (value && (!json_is_integer(value) || json_integer_value(value) < 1))
		return control_fail(command, XICA_EINVAL, arena_printf(&command->arena, "'%s' must be a positive number", member));
	*ret_id = json_integer_value(value);
	return XICA_OK;
}

int control_serial(struct control_command *command, const char *member, struct view *ret_serial)
{
	struct view text = control_text(command, member);
	cleanup_buf bytes = BUF_INIT;
	int error = text.len ? pki_serial_from_text(text, &bytes) : XICA_OK;
	if (error == XICA_EPARSE)
		return control_fail(command, XICA_EINVAL, "a serial number is hexadecimal: digits and a to f");
	if (error == XICA_ERANGE)
		return control_fail(command, XICA_EINVAL, "a serial number has 1 to 20 bytes");
	struct view serial = arena_copy(&command->arena, buf_view(&bytes));
	if (error || !serial.ptr)
		return error ? error : XICA_ENOMEM;
	*ret_serial = serial;
	return XICA_OK;
}

int control_hash(struct control_command *command, const char *member, bool *ret_there, uint8_t ret_hash[STORE_HASH_LEN])
{
	struct view text = control_text(command, member);
	cleanup_buf bytes = BUF_INIT;
	if (text.len && (hex_decode(text, &bytes) || bytes.len != STORE_HASH_LEN))
		return control_fail(command, XICA_EINVAL, arena_printf(&command->arena, "'%s' must be a SHA-256 digest: 64 hexadecimal digits", member));
	if (text.len)
		memcpy(ret_hash, bytes.ptr, STORE_HASH_LEN);
	*ret_there = text.len != 0;
	return XICA_OK;
}

int control_time(struct control_command *command, const char *member, xica_time *ret_time)
{
	struct view text = control_text(command, member);
	xica_time time = 0;
	if (text.len && clock_parse_day_or_time(text, &time))
		return control_fail(command, XICA_EINVAL, arena_printf(&command->arena, "'%s' must be a time: 2026-05-04, or 2026-05-04T03:02:01Z", member));
	*ret_time = time;
	return XICA_OK;
}

static int read_state(struct control_command *command, const char *const *states, size_t count, unsigned *ret_state)
{
	struct view text = control_text(command, "status");
	cleanup_buf words = BUF_INIT;
	*ret_state = 0;
	for (size_t i = 0; i < count; i++) {
		buf_addf(&words, "%s%s", i ? ", " : "", states[i]);
		if (view_equal_str(text, states[i]))
			*ret_state = (unsigned)i + 1;
	}
	if (!text.len || *ret_state)
		return XICA_OK;
	return control_fail(command, XICA_EINVAL, arena_printf(&command->arena, "the status must be one of %.*s", VIEW_FMT(buf_view(&words))));
}

int control_filter(struct control_command *command, const char *const *states, size_t state_count, struct store_find *ret_find)
{
	struct store_find find = {.name = control_text(command, "name"), .profile = control_text(command, "profile"), .limit = control_limit(command)};
	int error = control_id(command, "account", &find.account);
	if (!error)
		error = read_state(command, states, state_count, &find.status);
	if (!error)
		error = control_time(command, "since", &find.since);
	if (!error)
		error = control_time(command, "until", &find.until);
	if (!error)
		*ret_find = find;
	return error;
}

size_t control_limit(const struct control_command *command)
{
	json_int_t limit = json_integer_value(json_object_get(command->arguments, "limit"));
	return limit > 0 && limit < CONTROL_PAGE_MAX ? (size_t)limit : CONTROL_PAGE_MAX;
}

// --- values

json_t *control_json_text(struct view text)
{
	return json_stringn(text.len ? (const char *)text.ptr : "", text.len);
}

json_t *control_json_hex(struct view bytes)
{
	cleanup_buf text = BUF_INIT;
	hex_encode(&text, bytes);
	return json_string(buf_cstr(&text));
}

json_t *control_json_time(xica_time time)
{
	cleanup_buf text = BUF_INIT;
	if (!time)
		return json_null();
	clock_add_rfc3339(&text, time);
	return json_string(buf_cstr(&text));
}

json_t *control_json_id(int64_t id)
{
	return id ? json_integer((json_int_t)id) : json_null();
}

// --- lists

bool control_page_add(json_t *list, json_t *element, size_t *used)
{
	*used += json_dumpb(element, NULL, 0, JSON_COMPACT) + 1;
	bool fits = *used <= CONTROL_PAGE_BYTES || !json_array_size(list); // one at least, else no page would ever follow
	if (!fits || json_array_append(list, element)) {
		json_decref(element);
		return false;
	}
	json_decref(element);
	return true;
}

int control_page_end(struct control_command *command, const char *member, json_t *list, json_t *next)
{
	command->result = json_object();
	if (!list || json_object_set_new(command->result, member, list)) {
		json_decref(next);
		return XICA_ENOMEM;
	}
	return next && json_object_set_new(command->result, "next", next) ? XICA_ENOMEM : XICA_OK;
}
