#include "client/lineage.h"

#include <errno.h>
#include <string.h>

#include "base/file.h"
#include "client/names.h"

enum { FILE_MAX = 1 << 20 };

void client_lineage_free(struct client_lineage *lineage)
{
	arena_free(&lineage->arena);
	*lineage = CLIENT_LINEAGE_INIT;
}

const char *client_lineage_name(const char *first, struct arena *arena)
{
	return strncmp(first, "*.", 2) ? arena_strdup(arena, view_str(first)) : arena_printf(arena, "_wildcard.%s", first + 2);
}

int client_lineage_read_names(struct client_lineage *lineage, struct client_trouble *trouble)
{
	struct client_settings *settings = &lineage->settings;
	if (settings->name_count > CLIENT_NAMES_MAX)
		return client_trouble_is(trouble, XICA_ERANGE, "a certificate has %d names at most", CLIENT_NAMES_MAX);
	for (size_t i = 0; i < settings->name_count; i++) {
		enum pki_name_fault fault = PKI_NAME_OK;
		int error = client_name_read(settings->names[i], &lineage->arena, &lineage->names[i], &fault);
		if (error)
			return client_trouble_is(trouble, error, "'%s' can't be certified: %s", settings->names[i], pki_name_fault_text(fault));
		settings->names[i] = pki_identifier_text(&lineage->names[i], &lineage->arena);
	}
	return XICA_OK;
}

// --- files

int client_lineage_read(const struct client_lineage *lineage, const char *file, struct buf *out, struct client_trouble *trouble)
{
	cleanup_arena arena = ARENA_INIT;
	const char *path = arena_printf(&arena, "%s/current/%s", lineage->folder, file);
	int error = path ? file_read(path, FILE_MAX, out) : XICA_ENOMEM;
	return error && path ? client_trouble_is(trouble, error, "%s can't be read: %s", path, strerror(errno)) : error;
}

int client_lineage_chain(const struct client_lineage *lineage, struct arena *arena, struct client_chain *ret_chain, struct client_trouble *trouble)
{
	cleanup_buf pem = BUF_INIT;
	int error = client_lineage_read(lineage, "fullchain.pem", &pem, trouble);
	return error ? error : client_chain_read(buf_view(&pem), arena, ret_chain, trouble);
}

int client_lineage_write(const struct client_lineage *lineage, struct view key_pem, struct view fullchain_pem, const struct client_chain *chain,
			 unsigned *ret_before, struct client_trouble *trouble)
{
	static const struct client_owner NOBODY = {(uid_t)-1, (gid_t)-1, 0700};
	cleanup_buf leaf = BUF_INIT, issuers = BUF_INIT;
	unsigned number = 0, before = client_versions_current(lineage->folder);
	client_chain_write_leaf(chain, &leaf);
	client_chain_write_issuers(chain, &issuers);
	if (buf_error(&leaf) || buf_error(&issuers))
		return XICA_ENOMEM;
	const struct client_file files[] = {{"key.pem", 0600, key_pem},
					    {"cert.pem", 0644, buf_view(&leaf)},
					    {"chain.pem", 0644, buf_view(&issuers)},
					    {"fullchain.pem", 0644, fullchain_pem}};
	int error = client_versions_add(lineage->folder, files, sizeof(files) / sizeof(files[0]), &NOBODY, &number, trouble);
	if (!error)
		error = client_versions_use(lineage->folder, number, trouble);
	if (error)
		return error;
	*ret_before = before;
	return XICA_OK;
}
