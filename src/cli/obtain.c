#include "cli/obtain.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "cli/cli.h"

enum { LINEAGES_MAX = 10000 };

static void print_line(const char *line, void *context)
{
	(void)context;
	(void)puts(line);
	(void)fflush(stdout);
}

static int open_folder(struct obtain *obtain)
{
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	int error = client_get_prepare(obtain->options.config_dir, &trouble);
	if (error) {
		obtain_failed(obtain, NULL, &trouble);
		return error;
	}
	obtain->config_dir = realpath(obtain->options.config_dir, NULL);
	obtain->options.config_dir = obtain->config_dir;
	return obtain->config_dir ? XICA_OK : XICA_ENOMEM;
}

int obtain_open(struct obtain *obtain, const char *command, bool json)
{
	obtain->command = command;
	obtain->json = json;
	obtain->certificates = json_array();
	obtain->tell.line = json ? NULL : print_line;
	obtain->options.tell = &obtain->tell;
	return open_folder(obtain);
}

// --- one lineage

static void tell_until(struct obtain *obtain, const struct client_lineage *lineage, const char *what)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_trouble none = CLIENT_TROUBLE_INIT;
	cleanup_buf until = BUF_INIT;
	struct client_chain chain;
	if (client_lineage_chain(lineage, &arena, &chain, &none))
		return;
	clock_add_rfc3339(&until, chain.list[0].not_after);
	client_tell(&obtain->tell, "%s: %s, good until %s, in %s/current", lineage->name, what, buf_cstr(&until), lineage->folder);
}

static void tell_kept(struct obtain *obtain, const struct client_lineage *lineage, const struct client_got *got)
{
	cleanup_buf text = BUF_INIT;
	buf_add_str(&text, "the certificate is not due before ");
	clock_add_rfc3339(&text, got->renew_at);
	buf_add_str(&text, " (--force gets another)");
	tell_until(obtain, lineage, buf_cstr(&text));
}

static void tell_outcome(struct obtain *obtain, const struct client_lineage *lineage, const struct client_got *got, struct client_trouble *trouble)
{
	switch (got->outcome) {
	case CLIENT_ISSUED:
		tell_until(obtain, lineage, "there is a new certificate");
		break;
	case CLIENT_KEPT:
		tell_kept(obtain, lineage, got);
		break;
	case CLIENT_TRIED:
		client_tell(&obtain->tell, "%s: all names can be proven; nothing was issued or changed", lineage->name);
		break;
	case CLIENT_FAILED:
		(void)cli_failed(obtain->command, "%s: %s", lineage->name, client_trouble_text(trouble));
		break;
	}
	if (got->hooks_failed)
		(void)cli_failed(obtain->command, "%s: %s", lineage->name, client_trouble_text(trouble));
}

void obtain_one(struct obtain *obtain, struct client_lineage *lineage)
{
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	struct client_got got;
	int error = client_get(lineage, &obtain->options, &got, &trouble);
	if (error && !trouble.why.len)
		(void)client_trouble_is(&trouble, error, "%s", xica_strerror(error));
	obtain->failed += error != XICA_OK || got.hooks_failed;
	obtain->issued += got.outcome == CLIENT_ISSUED;
	obtain->kept += got.outcome == CLIENT_KEPT;
	tell_outcome(obtain, lineage, &got, &trouble);
	(void)json_array_append_new(obtain->certificates, client_get_json(lineage, &got, &trouble));
}

void obtain_failed(struct obtain *obtain, const char *name, struct client_trouble *trouble)
{
	obtain->failed++;
	(void)cli_failed(obtain->command, "%s%s%s", name ? name : "", name ? ": " : "", client_trouble_text(trouble));
	if (name)
		(void)json_array_append_new(obtain->certificates,
					    json_pack("{s:s, s:s, s:s}", "name", name, "status", "failed", "error", client_trouble_text(trouble)));
	else
		obtain->error = json_string(client_trouble_text(trouble));
}

int obtain_close(struct obtain *obtain)
{
	json_t *answer = json_pack("{s:b, s:o, s:o*}", "ok", !obtain->failed, "certificates", obtain->certificates, "error", obtain->error);
	if (obtain->json && answer) {
		(void)json_dumpf(answer, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
		(void)putchar('\n');
	}
	json_decref(answer);
	free(obtain->config_dir);
	return obtain->failed ? CLI_FAILED : CLI_OK;
}

// --- all lineages

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool has_settings(const char *folder, const char *name)
{
	cleanup_arena arena = ARENA_INIT;
	const char *path = arena_printf(&arena, "%s/%s/settings.json", folder, name);
	return *name != '.' && path && file_exists(path);
}

int obtain_lineages(const char *config_dir, struct arena *arena, const char ***ret_names, size_t *ret_count)
{
	const char *folder = arena_printf(arena, "%s/certificates", config_dir);
	const char **names = arena_array(arena, LINEAGES_MAX, sizeof(*names));
	size_t count = 0;
	if (!folder || !names)
		return XICA_ENOMEM;
	DIR *dir = opendir(folder);
	for (const struct dirent *entry; dir && count < LINEAGES_MAX && (entry = readdir(dir));)
		if (has_settings(folder, entry->d_name) && (names[count] = arena_strdup(arena, view_str(entry->d_name))))
			count++;
	if (dir)
		(void)closedir(dir);
	qsort(names, count, sizeof(*names), by_name);
	*ret_names = names;
	*ret_count = count;
	return XICA_OK;
}
