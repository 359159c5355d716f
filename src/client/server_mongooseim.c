// MongooseIM (4 and newer): mongooseim.toml. hosts stands in [general]; the certificate of streams between servers is named in [s2s], or in a listener.
#include <errno.h>
#include <ctype.h>
#include <string.h>

#include "base/file.h"
#include "client/self_signed.h"
#include "client/server.h"

// --- TOML, as far as it is needed: sections, and keys with a string or a list of strings

// The text between the next quotes at or after *at, of one line or several; false: there is none before end.
static bool take_string(struct view *rest, uint8_t end, struct view *ret_text)
{
	for (size_t i = 0; i < rest->len; i++) {
		uint8_t c = rest->ptr[i];
		if (c == end)
			return false;
		if (c == '#') { // to the end of the line
			size_t line = view_index(*rest, '\n', i);
			i = line == SIZE_MAX ? rest->len : line;
			continue;
		}
		if (c != '"' && c != '\'')
			continue;
		size_t close = view_index(*rest, c, i + 1);
		if (close == SIZE_MAX)
			return false;
		*ret_text = view_sub(*rest, i + 1, close - i - 1);
		*rest = view_sub(*rest, close + 1, SIZE_MAX);
		return true;
	}
	return false;
}

static struct view trim(struct view v)
{
	while (v.len && isspace(v.ptr[0]))
		v = view_sub(v, 1, SIZE_MAX);
	while (v.len && isspace(v.ptr[v.len - 1]))
		v = view_sub(v, 0, v.len - 1);
	return v;
}

struct toml_line {
	struct view section, key, value; // value: all that follows '=', beyond the line too
};

// The next "key = value"; section is kept up to date.
static bool next_line(struct view *rest, struct toml_line *line)
{
	while (rest->len) {
		size_t end = view_index(*rest, '\n', 0);
		struct view text = view_sub(*rest, 0, end == SIZE_MAX ? rest->len : end), trimmed = trim(text);
		struct view all = *rest;
		*rest = view_sub(*rest, end == SIZE_MAX ? rest->len : end + 1, SIZE_MAX);
		size_t equals = view_index(trimmed, '=', 0);
		if (!trimmed.len || trimmed.ptr[0] == '#')
			continue;
		if (trimmed.ptr[0] == '[' && equals == SIZE_MAX) {
			line->section = trimmed;
			continue;
		}
		if (equals == SIZE_MAX)
			continue;
		line->key = trim(view_sub(trimmed, 0, equals));
		line->value = view_sub(all, view_index(all, '=', 0) + 1, SIZE_MAX);
		return true;
	}
	return false;
}

static void read_hosts(struct client_server *server, struct view value)
{
	struct view name;
	while (take_string(&value, ']', &name))
		client_server_add_host(server, name, NULL);
}

struct files { // of [s2s], else of the first listener
	struct view certificate, key;
	bool final;
};

static void read_file_option(const struct toml_line *line, struct files *files)
{
	bool s2s = view_equal_str(line->section, "[s2s]") || view_starts(line->section, VIEW_LIT("[[listen.s2s"));
	bool certificate = view_ends(line->key, VIEW_LIT("certfile")) && !view_ends(line->key, VIEW_LIT("cacertfile"));
	bool key = view_ends(line->key, VIEW_LIT("keyfile"));
	struct view value = line->value, text;
	if ((!certificate && !key) || (files->final && !s2s) || !take_string(&value, '\n', &text))
		return;
	if (s2s && !files->final)
		*files = (struct files){.final = true};
	struct view *into = certificate ? &files->certificate : &files->key;
	if (!into->len)
		*into = text;
}

static int read(struct client_server *server, struct client_trouble *trouble)
{
	cleanup_buf text = BUF_INIT;
	struct toml_line line = {.section = VIEW_NONE};
	struct files files = {.final = false};
	int error = file_read(server->config, CLIENT_CONFIG_MAX, &text);
	if (error)
		return client_trouble_is(trouble, error, "%s can't be read: %s", server->config, strerror(errno));
	struct view rest = buf_view(&text);
	while (next_line(&rest, &line)) {
		if (view_equal_str(line.section, "[general]") && view_equal_str(line.key, "hosts"))
			read_hosts(server, line.value);
		read_file_option(&line, &files);
	}
	client_server_add_file(server, files.certificate);
	client_server_add_file(server, files.key);
	return XICA_OK;
}

static int place(const struct client_server *server, const struct client_lineage *lineage, struct arena *arena, struct client_place *ret_place,
		 struct client_trouble *trouble)
{
	(void)arena;
	if (!server->file_count)
		return client_trouble_is(trouble, XICA_EINVAL, "%s names no place for the certificate: write certfile and keyfile under [s2s], and run this again", server->config);
	if (!client_may_replace(server->files[0], lineage))
		return client_trouble_is(trouble, XICA_EINVAL,
					 "%s is the certificate of another host: one file serves all hosts of MongooseIM. Get one certificate for all of them", server->files[0]);
	*ret_place = (struct client_place){server->files[0], server->file_count > 1 ? server->files[1] : NULL};
	return XICA_OK;
}

const struct client_server_kind client_server_mongooseim = {
	.name = "mongooseim", .title = "MongooseIM", .config = "/etc/mongooseim/mongooseim.toml", .file_mark = "mongooseim", .user = "mongooseim",
	.reload = {"systemctl", "restart", "mongooseim", NULL}, .read = read, .place = place};
