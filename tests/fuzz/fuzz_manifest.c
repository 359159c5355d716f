// The manifest of a backup, as xica restore reads it: what is taken names only files below the backup's folder and says where the log ends; for everything else a sentence says
// what is wrong.
#include <stdlib.h>
#include <string.h>

#include "backup/manifest.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool true_here)
{
	if (!true_here)
		abort();
}

static void check_path(const char *path)
{
	must(path && *path && *path != '/' && *path != '.');
	must(!strstr(path, "/.") && !strstr(path, "//") && path[strlen(path) - 1] != '/');
	for (; *path; path++)
		must((unsigned char)*path >= ' ');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_buf why = BUF_INIT;
	json_t *manifest = NULL;
	const json_t *entry;
	size_t i;
	int error = backup_manifest_parse(view_bytes(data, size), &manifest, &why);
	must(error ? error == XICA_EPARSE && why.len && !manifest : manifest && !why.len);
	json_array_foreach(json_object_get(manifest, "files"), i, entry) {
		check_path(json_string_value(json_object_get(entry, "path")));
		must(json_integer_value(json_object_get(entry, "size")) >= 0);
	}
	if (manifest) {
		const json_t *end = json_object_get(manifest, "audit");
		must(backup_has(manifest, BACKUP_DATABASE) && backup_has(manifest, BACKUP_AUDIT_LOG));
		must(json_integer_value(json_object_get(end, "since")) <= json_integer_value(json_object_get(end, "size")));
	}
	json_decref(manifest);
	return 0;
}
