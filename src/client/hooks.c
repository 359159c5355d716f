#include "client/hooks.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/program.h"

enum { HOOK_SECONDS = 600 };

static int is_wanted(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && !strchr(entry->d_name, '~') && !strstr(entry->d_name, ".dpkg-");
}

static const char *names_text(const struct client_lineage *lineage, struct arena *arena)
{
	cleanup_buf text = BUF_INIT;
	for (size_t i = 0; i < lineage->settings.name_count; i++)
		buf_addf(&text, "%s%s", i ? " " : "", lineage->settings.names[i]);
	return buf_error(&text) ? NULL : arena_strdup(arena, buf_view(&text));
}

static int run_one(const char *path, const struct client_lineage *lineage, struct client_trouble *trouble)
{
	cleanup_arena arena = ARENA_INIT;
	struct stat is;
	const struct client_variable variables[] = {{"XICA_NAME", lineage->name},
						    {"XICA_NAMES", names_text(lineage, &arena)},
						    {"XICA_FOLDER", arena_printf(&arena, "%s/current", lineage->folder)},
						    {NULL, NULL}};
	const char *const argv[] = {path, NULL};
	if (!variables[1].value || !variables[2].value)
		return XICA_ENOMEM;
	if (stat(path, &is) || !S_ISREG(is.st_mode) || access(path, X_OK))
		return XICA_OK;
	return client_program_run(argv, variables, HOOK_SECONDS, "hooks.d", trouble);
}

int client_hooks_run(const char *config_dir, const struct client_lineage *lineage, struct client_trouble *trouble)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_trouble other = CLIENT_TROUBLE_INIT;
	struct dirent **list = NULL;
	int first = XICA_OK;
	const char *folder = arena_printf(&arena, "%s/hooks.d", config_dir);
	int count = folder ? scandir(folder, &list, is_wanted, alphasort) : -1;
	for (int i = 0; i < count; i++) {
		const char *path = arena_printf(&arena, "%s/%s", folder, list[i]->d_name);
		int error = path ? run_one(path, lineage, first ? &other : trouble) : XICA_ENOMEM;
		first = first ? first : error;
		free(list[i]);
	}
	free(list);
	return first;
}
