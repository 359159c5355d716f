#include "http/static.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"

struct file {
	char *path; // of the URL
	struct http_document document;
};

struct http_static {
	struct file *list; // sorted by path
	size_t count;
	struct arena arena;
};

static const struct kind {
	const char *suffix;
	const char *content_type;
} KINDS[] = {
	{".html", "text/html; charset=utf-8"}, {".css", "text/css; charset=utf-8"}, {".js", "text/javascript; charset=utf-8"},
	{".mjs", "text/javascript; charset=utf-8"}, {".svg", "image/svg+xml"}, {".png", "image/png"}, {".ico", "image/x-icon"},
	{".woff2", "font/woff2"}, {".txt", "text/plain; charset=utf-8"}, {".json", "application/json"},
};

static const char CONTENT_SECURITY[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
				       "form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
		if (view_ends(view_str(name), view_str(KINDS[i].suffix)))
			return &KINDS[i];
	return NULL;
}

static bool is_page(const struct http_document *document)
{
	return document->content_type == KINDS[0].content_type;
}

static void add_escaped(struct buf *out, struct view text)
{
	for (size_t i = 0; i < text.len; i++)
		switch (text.ptr[i]) {
		case '&': buf_add_str(out, "&amp;"); break;
		case '<': buf_add_str(out, "&lt;"); break;
		case '>': buf_add_str(out, "&gt;"); break;
		case '"': buf_add_str(out, "&quot;"); break;
		case '\'': buf_add_str(out, "&#39;"); break;
		default: buf_add_byte(out, text.ptr[i]);
		}
}

static const char *value_of(const struct http_static_variable *variables, struct view name)
{
	for (; variables && variables->name; variables++)
		if (view_equal_str(name, variables->name))
			return variables->value ? variables->value : "";
	return NULL;
}

static size_t find_text(struct view in, const char *two, size_t from)
{
	for (size_t at = from; (at = view_index(in, (uint8_t)two[0], at)) != SIZE_MAX; at++)
		if (at + 1 < in.len && in.ptr[at + 1] == (uint8_t)two[1])
			return at;
	return SIZE_MAX;
}

static int fill_in(struct view page, const struct http_static_variable *variables, struct buf *out)
{
	for (size_t at = 0;;) {
		size_t open = find_text(page, "{{", at);
		if (open == SIZE_MAX) {
			buf_add(out, view_sub(page, at, SIZE_MAX));
			return buf_error(out);
		}
		size_t close = find_text(page, "}}", open + 2);
		const char *value = close == SIZE_MAX ? NULL : value_of(variables, view_sub(page, open + 2, close - open - 2));
		if (!value)
			return XICA_EPARSE;
		buf_add(out, view_sub(page, at, open - at));
		add_escaped(out, view_str(value));
		at = close + 2;
	}
}

static char *url_path(struct arena *arena, const char *prefix, const char *name, bool page)
{
	if (strcmp(name, "index.html") == 0)
		return arena_printf(arena, "%s/", prefix);
	return arena_printf(arena, "%s/%.*s", prefix, (int)(strlen(name) - (page ? strlen(".html") : 0)), name);
}

struct loader {
	struct http_static *files;
	const struct http_static_variable *variables;
	size_t room;
	struct buf *why;
};

static int grow(struct loader *loader)
{
	if (loader->files->count < loader->room)
		return 0;
	if (loader->files->count == HTTP_STATIC_FILES_MAX)
		return XICA_ERANGE;
	size_t room = loader->room ? loader->room * 2 : 16;
	struct file *list = realloc(loader->files->list, room * sizeof(*list));
	if (!list)
		return XICA_ENOMEM;
	loader->files->list = list;
	loader->room = room;
	return 0;
}

static int load_file(struct loader *loader, const char *path, const struct stat *status, const char *prefix, const char *name)
{
	const struct kind *kind = kind_of(name);
	if (!kind)
		return 0;
	int error = grow(loader);
	cleanup_buf content = BUF_INIT, page = BUF_INIT;
	if (!error)
		error = file_read(path, HTTP_STATIC_FILE_MAX, &content);
	if (!error && kind == &KINDS[0])
		error = fill_in(buf_view(&content), loader->variables, &page);
	if (error)
		return error;
	struct arena *arena = &loader->files->arena;
	struct file file = {.path = url_path(arena, prefix, name, kind == &KINDS[0])};
	file.document.content_type = kind->content_type;
	file.document.modified = status->st_mtim.tv_sec;
	file.document.body = arena_copy(arena, buf_view(kind == &KINDS[0] ? &page : &content));
	if (!file.path || !file.document.body.ptr)
		return XICA_ENOMEM;
	error = http_document_tag(file.document.body, file.document.etag);
	if (!error)
		loader->files->list[loader->files->count++] = file;
	return error;
}

static int load_folder(struct loader *loader, const char *folder, const char *prefix, unsigned depth);

static int load_entry(struct loader *loader, const char *folder, const char *prefix, const char *name, unsigned depth)
{
	cleanup_arena arena = ARENA_INIT;
	const char *path = arena_printf(&arena, "%s/%s", folder, name);
	struct stat status;
	if (!path)
		return XICA_ENOMEM;
	int error = stat(path, &status) ? XICA_EIO : 0;
	size_t why_before = loader->why->len;
	if (!error && S_ISDIR(status.st_mode)) {
		const char *below = arena_printf(&arena, "%s/%s", prefix, name);
		error = below ? load_folder(loader, path, below, depth + 1) : XICA_ENOMEM;
	} else if (!error && S_ISREG(status.st_mode)) {
		error = load_file(loader, path, &status, prefix, name);
	}
	if (error && loader->why->len == why_before)
		buf_addf(loader->why, "%s: %s", path, error == XICA_EPARSE ? "a {{variable}} that is none" : xica_strerror(error));
	return error;
}

static int load_folder(struct loader *loader, const char *folder, const char *prefix, unsigned depth)
{
	if (depth > HTTP_STATIC_DEPTH_MAX)
		return XICA_ERANGE;
	DIR *dir = opendir(folder);
	if (!dir) {
		int error = errno == ENOENT ? XICA_ENOTFOUND : XICA_EIO;
		buf_addf(loader->why, "%s: %s", folder, xica_strerror(error));
		return error;
	}
	int error = 0;
	for (struct dirent *entry; !error && (entry = readdir(dir));)
		if (entry->d_name[0] != '.')
			error = load_entry(loader, folder, prefix, entry->d_name, depth);
	(void)closedir(dir);
	return error;
}

static int by_path(const void *a, const void *b)
{
	const struct file *left = a, *right = b;
	return strcmp(left->path, right->path);
}

int http_static_load(const char *folder, const struct http_static_variable *variables, struct http_static **ret_files, struct buf *why)
{
	struct http_static *files = calloc(1, sizeof(*files));
	if (!files)
		return XICA_ENOMEM;
	struct loader loader = {.files = files, .variables = variables, .why = why};
	int error = load_folder(&loader, folder, "", 0);
	if (error) {
		http_static_free(files);
		return error;
	}
	if (files->count)
		qsort(files->list, files->count, sizeof(*files->list), by_path);
	*ret_files = files;
	return 0;
}

void http_static_free(struct http_static *files)
{
	if (!files)
		return;
	arena_free(&files->arena);
	free(files->list);
	free(files);
}

const struct http_document *http_static_find(const struct http_static *files, struct view path)
{
	size_t from = 0, to = files ? files->count : 0;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		int order = view_compare(path, view_str(files->list[middle].path));
		if (!order)
			return &files->list[middle].document;
		if (order < 0)
			to = middle;
		else
			from = middle + 1;
	}
	return NULL;
}

void http_reply_static(struct http_reply *reply, const struct http_document *document, const struct http_conditions *conditions,
		       bool strict_transport)
{
	http_reply_document(reply, document, conditions);
	http_reply_add_str(reply, "X-Content-Type-Options", "nosniff");
	// Pages are asked about each time; what they bring along may lag behind by five minutes.
	http_reply_add_str(reply, "Cache-Control", is_page(document) ? "no-cache" : "public, max-age=300");
	if (!is_page(document))
		return;
	http_reply_add_str(reply, "Content-Security-Policy", CONTENT_SECURITY);
	http_reply_add_str(reply, "Referrer-Policy", "no-referrer");
	if (strict_transport)
		http_reply_add_str(reply, "Strict-Transport-Security", "max-age=31536000");
}
