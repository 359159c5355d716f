// The folder of pages, read and filled in.
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zlib.h>

#include "base/file.h"
#include "http/static_files.h"
#include "http/template.h"

static const struct kind {
	const char *suffix;
	const char *content_type;
} KINDS[] = {
	{".html", "text/html; charset=utf-8"}, {".css", "text/css; charset=utf-8"}, {".js", "text/javascript; charset=utf-8"},
	{".mjs", "text/javascript; charset=utf-8"}, {".svg", "image/svg+xml"}, {".png", "image/png"}, {".ico", "image/x-icon"},
	{".woff2", "font/woff2"}, {".txt", "text/plain; charset=utf-8"}, {".json", "application/json"},
};

static const struct kind *kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++)
		if (view_ends(view_str(name), view_str(KINDS[i].suffix)))
			return &KINDS[i];
	return NULL;
}

struct loader {
	struct http_static *files;
	const struct http_static_variable *variables;
	const char *folder;
	struct arena arena; // of the parts, while loading
	size_t room;
	struct buf *why;
};

static int refuse(const struct loader *loader, const char *path, int error)
{
	buf_addf(loader->why, "%s: %s", path, error == XICA_EPARSE ? "not a JSON object of texts" : xica_strerror(error));
	return error;
}

// --- the places of a page

struct place { // the context of http/template.h
	struct loader *loader;
	size_t language;
	const char *path;
};

static struct view find_variable(const void *context, struct view name)
{
	const struct place *place = context;
	if (view_equal_str(name, "lang"))
		return view_str(place->loader->files->languages[place->language]);
	if (view_equal_str(name, "page"))
		return view_str(place->path);
	for (const struct http_static_variable *variable = place->loader->variables; variable && variable->name; variable++)
		if (view_equal_str(name, variable->name))
			return view_str(variable->value ? variable->value : "");
	return VIEW_NONE;
}

static struct view find_text(const void *context, struct view key)
{
	const struct place *place = context;
	return http_catalogue_find(&place->loader->files->catalogues[place->language], key);
}

static struct view find_part(const void *context, struct view name)
{
	struct loader *loader = ((const struct place *)context)->loader;
	cleanup_buf content = BUF_INIT;
	if (view_index(name, '/', 0) != SIZE_MAX || view_index(name, 0, 0) != SIZE_MAX)
		return VIEW_NONE;
	const char *path = arena_printf(&loader->arena, "%s/parts/%.*s.html", loader->folder, VIEW_FMT(name));
	if (!path || file_read(path, HTTP_STATIC_FILE_MAX, &content))
		return VIEW_NONE;
	return arena_copy(&loader->arena, buf_view(&content));
}

static int fill_in(struct loader *loader, struct view page, size_t language, const char *file, const char *path, struct buf *out)
{
	const struct place place = {loader, language, path};
	const struct http_template with = {find_variable, find_text, find_part, &place};
	struct view wrong = VIEW_NONE;
	int error = http_template_fill(page, &with, out, &wrong);
	if (error == XICA_EPARSE)
		buf_addf(loader->why, "%s: {{%.*s}} stands for nothing in language %s", file, VIEW_FMT(wrong), loader->files->languages[language]);
	return error;
}

// --- documents

static int compress_body(struct view body, struct buf *out)
{
	z_stream stream = {.next_in = (uint8_t *)(uintptr_t)body.ptr, .avail_in = (unsigned)body.len};
	enum { GZIP = 16 + MAX_WBITS, MEMORY = 8 };
	if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, GZIP, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
		return XICA_ENOMEM;
	size_t most = deflateBound(&stream, (unsigned)body.len);
	stream.next_out = buf_extend(out, most);
	stream.avail_out = (unsigned)most;
	int result = stream.next_out ? deflate(&stream, Z_FINISH) : Z_MEM_ERROR;
	size_t len = stream.total_out;
	(void)deflateEnd(&stream);
	if (result != Z_STREAM_END)
		return XICA_ENOMEM;
	buf_truncate(out, len);
	return XICA_OK;
}

static int make_document(struct arena *arena, struct view body, struct http_document *document)
{
	cleanup_buf gzip = BUF_INIT;
	document->body = arena_copy(arena, body);
	int error = document->body.ptr ? http_document_tag(document->body, document->etag) : XICA_ENOMEM;
	if (error || (error = compress_body(body, &gzip)) || gzip.len >= body.len)
		return error;
	document->gzip = arena_copy(arena, buf_view(&gzip));
	return document->gzip.ptr ? http_document_tag(document->gzip, document->gzip_etag) : XICA_ENOMEM;
}

static char *url_path(struct arena *arena, const char *prefix, const char *name, bool page)
{
	if (strcmp(name, "index.html") == 0)
		return arena_printf(arena, "%s/", prefix);
	return arena_printf(arena, "%s/%.*s", prefix, (int)(strlen(name) - (page ? strlen(".html") : 0)), name);
}

static int grow(struct loader *loader)
{
	if (loader->files->count < loader->room)
		return XICA_OK;
	if (loader->files->count == HTTP_STATIC_FILES_MAX)
		return XICA_ERANGE;
	size_t room = loader->room ? loader->room * 2 : 16;
	struct static_file *list = realloc(loader->files->list, room * sizeof(*list));
	if (!list)
		return XICA_ENOMEM;
	loader->files->list = list;
	loader->room = room;
	return XICA_OK;
}

static int make_documents(struct loader *loader, const struct static_file *file, const char *path, struct view content, bool page)
{
	for (size_t i = 0; i < file->count; i++) {
		cleanup_buf filled = BUF_INIT;
		int error = page ? fill_in(loader, content, i, path, file->path, &filled) : XICA_OK;
		if (error || (error = make_document(&loader->files->arena, page ? buf_view(&filled) : content, &file->documents[i])))
			return error;
	}
	return XICA_OK;
}

static int load_file(struct loader *loader, const char *path, const struct stat *status, const char *prefix, const char *name)
{
	const struct kind *kind = kind_of(name);
	struct arena *arena = &loader->files->arena;
	cleanup_buf content = BUF_INIT;
	if (!kind)
		return XICA_OK;
	bool page = kind == &KINDS[0];
	int error = grow(loader);
	if (error || (error = file_read(path, HTTP_STATIC_FILE_MAX, &content)))
		return error;
	struct static_file file = {.path = url_path(arena, prefix, name, page), .count = page ? loader->files->language_count : 1};
	file.documents = arena_array(arena, file.count, sizeof(*file.documents));
	if (!file.path || !file.documents)
		return XICA_ENOMEM;
	for (size_t i = 0; i < file.count; i++) {
		file.documents[i].content_type = kind->content_type;
		file.documents[i].modified = status->st_mtim.tv_sec;
	}
	error = make_documents(loader, &file, path, buf_view(&content), page);
	if (!error)
		loader->files->list[loader->files->count++] = file;
	return error;
}

// --- folders

static bool is_served(const char *name, unsigned depth)
{
	return name[0] != '.' && (depth || (strcmp(name, "parts") != 0 && strcmp(name, "letters") != 0));
}

static int load_folder(struct loader *loader, const char *folder, const char *prefix, unsigned depth);

static int load_entry(struct loader *loader, const char *folder, const char *prefix, const char *name, unsigned depth)
{
	cleanup_arena arena = ARENA_INIT;
	const char *path = arena_printf(&arena, "%s/%s", folder, name);
	struct stat status;
	if (!path)
		return XICA_ENOMEM;
	int error = stat(path, &status) ? XICA_EIO : XICA_OK;
	size_t why_before = loader->why->len;
	if (!error && S_ISDIR(status.st_mode)) {
		const char *below = arena_printf(&arena, "%s/%s", prefix, name);
		error = below ? load_folder(loader, path, below, depth + 1) : XICA_ENOMEM;
	} else if (!error && S_ISREG(status.st_mode)) {
		error = load_file(loader, path, &status, prefix, name);
	}
	return error && loader->why->len == why_before ? refuse(loader, path, error) : error;
}

static int load_folder(struct loader *loader, const char *folder, const char *prefix, unsigned depth)
{
	if (depth > HTTP_STATIC_DEPTH_MAX)
		return XICA_ERANGE;
	DIR *dir = opendir(folder);
	if (!dir)
		return refuse(loader, folder, errno == ENOENT ? XICA_ENOTFOUND : XICA_EIO);
	int error = XICA_OK;
	for (struct dirent *entry; !error && (entry = readdir(dir));)
		if (is_served(entry->d_name, depth))
			error = load_entry(loader, folder, prefix, entry->d_name, depth);
	(void)closedir(dir);
	return error;
}

// --- languages

static int load_language(struct loader *loader, const char *language)
{
	struct http_static *files = loader->files;
	cleanup_buf content = BUF_INIT;
	const char *path = arena_printf(&loader->arena, "%s/text/%s.json", loader->folder, language);
	if (!path)
		return XICA_ENOMEM;
	int error = file_read(path, HTTP_STATIC_FILE_MAX, &content);
	if (!error)
		error = http_catalogue_read(buf_view(&content), &files->arena, &files->catalogues[files->language_count]);
	if (error)
		return refuse(loader, path, error);
	files->languages[files->language_count++] = language;
	return XICA_OK;
}

static int not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && view_ends(view_str(entry->d_name), VIEW_LIT(".json"));
}

// English comes first: it is for all who read none of the others.
static int load_languages(struct loader *loader)
{
	struct http_static *files = loader->files;
	const char *folder = arena_printf(&loader->arena, "%s/text", loader->folder);
	struct dirent **list = NULL;
	int count = folder ? scandir(folder, &list, not_hidden, alphasort) : 0;
	int error = count > 0 ? load_language(loader, "en") : XICA_OK;
	for (int i = 0; i < count; i++) {
		size_t len = strlen(list[i]->d_name) - strlen(".json");
		const char *language = arena_strdup(&files->arena, view_bytes(list[i]->d_name, len));
		if (!error && !language)
			error = XICA_ENOMEM;
		if (!error && strcmp(language, "en") != 0)
			error = files->language_count == HTTP_LANGUAGES_MAX ? XICA_ERANGE : load_language(loader, language);
		free(list[i]);
	}
	free(list);
	if (!files->language_count)
		files->languages[files->language_count++] = "en";
	return error;
}

static int by_path(const void *a, const void *b)
{
	const struct static_file *left = a, *right = b;
	return strcmp(left->path, right->path);
}

int http_static_load(const char *folder, const struct http_static_variable *variables, struct http_static **ret_files, struct buf *why)
{
	struct http_static *files = calloc(1, sizeof(*files));
	if (!files)
		return XICA_ENOMEM;
	struct loader loader = {.files = files, .variables = variables, .folder = folder, .why = why};
	int error = load_languages(&loader);
	if (!error)
		error = load_folder(&loader, folder, "", 0);
	arena_free(&loader.arena);
	if (error) {
		http_static_free(files);
		return error;
	}
	if (files->count)
		qsort(files->list, files->count, sizeof(*files->list), by_path);
	*ret_files = files;
	return XICA_OK;
}
