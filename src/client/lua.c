#include "client/lua.h"

#include <ctype.h>
#include <string.h>

static uint8_t at(const struct client_lua *lua, size_t index)
{
	return index < lua->rest.len ? lua->rest.ptr[index] : 0;
}

static void skip(struct client_lua *lua, size_t len)
{
	lua->rest = view_sub(lua->rest, len, SIZE_MAX);
}

void client_lua_free(struct client_lua *lua)
{
	buf_free(&lua->string);
}

// "[[" or "[==[" (Lua 5.4 §3.1): how many bytes; 0: it isn't one.
static size_t long_bracket(const struct client_lua *lua, size_t from)
{
	size_t level = 0;
	if (at(lua, from) != '[')
		return 0;
	while (at(lua, from + 1 + level) == '=')
		level++;
	return at(lua, from + 1 + level) == '[' ? level + 2 : 0;
}

// The content up to the closing bracket of the same level; the cursor stands at its first byte. Without one: all that is left.
static struct view take_long(struct client_lua *lua, size_t bracket)
{
	for (size_t i = 0; i + bracket <= lua->rest.len; i++) {
		if (lua->rest.ptr[i] != ']' || lua->rest.ptr[i + bracket - 1] != ']')
			continue;
		size_t equals = 1;
		while (equals < bracket - 1 && lua->rest.ptr[i + equals] == '=')
			equals++;
		if (equals == bracket - 1) {
			struct view content = view_sub(lua->rest, 0, i);
			skip(lua, i + bracket);
			return content;
		}
	}
	struct view all = lua->rest;
	skip(lua, lua->rest.len);
	return all;
}

static void skip_comment(struct client_lua *lua)
{
	size_t bracket = long_bracket(lua, 2);
	if (!bracket) {
		size_t end = view_index(lua->rest, '\n', 0);
		skip(lua, end == SIZE_MAX ? lua->rest.len : end);
		return;
	}
	skip(lua, 2 + bracket);
	(void)take_long(lua, bracket);
}

static void skip_space(struct client_lua *lua)
{
	while (lua->rest.len) {
		if (isspace(at(lua, 0)))
			skip(lua, 1);
		else if (at(lua, 0) == '-' && at(lua, 1) == '-')
			skip_comment(lua);
		else
			return;
	}
}

// Of the escapes those that are themselves: \" \' \\. A host's name has no others.
static struct client_lua_token take_string(struct client_lua *lua)
{
	uint8_t quote = at(lua, 0), c;
	buf_clear(&lua->string);
	skip(lua, 1);
	while (lua->rest.len && (c = at(lua, 0)) != quote) {
		bool escaped = c == '\\' && lua->rest.len > 1;
		buf_add_byte(&lua->string, escaped ? at(lua, 1) : c);
		skip(lua, escaped ? 2 : 1);
	}
	if (!lua->rest.len || buf_error(&lua->string))
		return (struct client_lua_token){CLIENT_LUA_END, VIEW_NONE};
	skip(lua, 1);
	return (struct client_lua_token){CLIENT_LUA_STRING, buf_view(&lua->string)};
}

static bool is_word(uint8_t c)
{
	return isalnum(c) || c == '_' || c >= 0x80;
}

struct client_lua_token client_lua_next(struct client_lua *lua)
{
	size_t len = 0, bracket;
	skip_space(lua);
	if (!lua->rest.len)
		return (struct client_lua_token){CLIENT_LUA_END, VIEW_NONE};
	if (at(lua, 0) == '"' || at(lua, 0) == '\'')
		return take_string(lua);
	if ((bracket = long_bracket(lua, 0))) {
		skip(lua, bracket);
		return (struct client_lua_token){CLIENT_LUA_STRING, take_long(lua, bracket)};
	}
	while (is_word(at(lua, len)))
		len++;
	struct client_lua_token token = {len ? CLIENT_LUA_WORD : CLIENT_LUA_SIGN, view_sub(lua->rest, 0, len ? len : 1)};
	skip(lua, token.text.len);
	return token;
}
