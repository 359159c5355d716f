// As much of Lua as configuration files of servers need: words, strings and signs, without comments. Nothing is run. Pure.
#pragma once
#include "base/buf.h"

enum client_lua_kind { CLIENT_LUA_END, CLIENT_LUA_WORD, CLIENT_LUA_STRING, CLIENT_LUA_SIGN };

struct client_lua_token {
	enum client_lua_kind kind;
	struct view text; // of a string: its content, in the reader's buffer until the next token
};

struct client_lua {
	struct view rest;
	struct buf string;
};

// The next one; CLIENT_LUA_END at the end, and where a string or comment has none.
struct client_lua_token client_lua_next(struct client_lua *lua);
void client_lua_free(struct client_lua *lua);
