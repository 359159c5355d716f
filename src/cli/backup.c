// xica backup and xica restore: a CA, running or not, kept and put back (backup/make.h, backup/restore.h).
#include <dirent.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backup/files.h"
#include "backup/make.h"
#include "backup/manifest.h"
#include "backup/restore.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/operator.h"
#include "cli/place.h"

static const char BACKUP_HELP[] =
	"Usage: xica backup [--with-keys] DIR | FILE.tar\n"
	"\n"
	"Keeps the database, the audit log, the CA's certificates, the list of blocked keys and the configuration, all of one moment, with digests. xicad may run\n"
	"meanwhile. Into a folder that is there goes a folder named by the time; a name that ends with .tar becomes an archive. Either is there whole or not at all.\n"
	"\n"
	"  --with-keys   the issuers' keys too, the root's where it lies in the CA's folder, and the key that seals receipts: whoever reads this backup is the CA\n"
	"  --json        print JSON\n"
	"  -c FILE       the configuration (" XICA_SYSCONFDIR "/xica/xicad.conf)\n"
	"  --dev DIR     the folder of xicad --dev\n"
	"\n"
	"Exit code: 0 done, 1 not done, 2 not understood.\n";

static const char RESTORE_HELP[] =
	"Usage: xica restore [--replace-log] BACKUP\n"
	"\n"
	"Puts back what xica backup kept, a folder or an archive, on a CA whose xicad is stopped. Everything is checked before anything is changed. The database that is\n"
	"there is set aside. An audit log that is there and goes on from the backup's stays, and what it tells of since the backup is put into the database: certificates,\n"
	"revocations, the accounts that asked, blocked keys, names and networks, suspended and closed accounts, and what else operators did. Keys, certificates of the CA\n"
	"and the configuration are written where they are missing. Interrupted, it is completed by the next one; until then no xicad starts.\n"
	"\n"
	"  --replace-log  set the audit log aside too, where it is not the backup's own\n"
	"  --json         print JSON\n"
	"  -c FILE        the configuration (" XICA_SYSCONFDIR "/xica/xicad.conf); where it is missing, the backup's is used and written there\n"
	"  --dev DIR      the folder of xicad --dev\n"
	"\n"
	"Exit code: 0 done, 1 not done, 2 not understood.\n";

struct options {
	const char *command, *dev_dir, *config_file;
	bool json, with_keys, replace_log, help;
};

static const char DEFAULT_CONFIG[] = XICA_SYSCONFDIR "/xica/xicad.conf";

static int parse_options(int argc, char **argv, struct options *options)
{
	static const struct option LONG[] = {{"dev", required_argument, NULL, 'd'}, {"json", no_argument, NULL, 'j'}, {"with-keys", no_argument, NULL, 'k'},
		{"replace-log", no_argument, NULL, 'r'}, {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	bool restores = !strcmp(options->command, "restore");
	int c;
	optind = 1;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:h", LONG, NULL)) != -1) {
		if ((c == 'k' && restores) || (c == 'r' && !restores))
			c = '?';
		switch (c) {
		case 'c': options->config_file = optarg; break;
		case 'd': options->dev_dir = optarg; break;
		case 'j': options->json = true; break;
		case 'k': options->with_keys = true; break;
		case 'r': options->replace_log = true; break;
		case 'h': options->help = true; break;
		default: return cli_option_error(options->command, c, argv);
		}
	}
	return cli_check_place(options->command, options->config_file, options->dev_dir);
}

// --- backup

static bool is_archive(const char *name)
{
	return view_ends(view_str(name), VIEW_LIT(".tar"));
}

// The folder that is made: below the one that was named, or beside the archive.
static int name_folder(const char *target, xica_time now, struct buf *folder)
{
	char stamp[32];
	time_t when = (time_t)now;
	struct tm parts;
	struct stat is;
	(void)strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", gmtime_r(&when, &parts));
	if (is_archive(target))
		buf_addf(folder, "%s.files/backup", target);
	else if (!stat(target, &is) && S_ISDIR(is.st_mode))
		buf_addf(folder, "%s/xica-%s", target, stamp);
	else
		return cli_failed("backup", "%s is no folder: name one that is there, or a file that ends with .tar", target);
	return buf_cstr(folder) ? CLI_OK : cli_failed("backup", "out of memory");
}

static int pack(const char *folder, const char *archive)
{
	cleanup_buf why = BUF_INIT;
	int error = file_exists(archive) ? XICA_EEXIST : backup_pack(folder, archive, &why);
	return error ? cli_failed("backup", "%s: %s", archive, why.len ? buf_cstr(&why) : xica_strerror(error)) : CLI_OK;
}

static int tell_backup(const struct options *options, const char *made, json_t *manifest)
{
	const json_t *end = json_object_get(manifest, "audit");
	if (options->json) {
		(void)json_object_set_new(manifest, "backup", json_string(made));
		operator_print_json(manifest);
		return CLI_OK;
	}
	printf("%s: %lld %s; the audit log up to line %lld, with the hash\n%s\n", made, CLI_COUNTED(json_array_size(json_object_get(manifest, "files")), "file", "files"),
	       operator_number(end, "lines"), operator_text(end, "hash"));
	if (!options->with_keys)
		(void)puts("Keys are not in it (--with-keys): keep those of the issuers elsewhere, or the CA can't issue after a loss.");
	return CLI_OK;
}

// What a killed backup left in this folder. One that is still being made is held by its process.
static void drop_left(const char *target)
{
	DIR *folder = opendir(target);
	for (const struct dirent *entry; folder && (entry = readdir(folder));) {
		cleanup_buf path = BUF_INIT;
		struct view name = view_str(entry->d_name);
		buf_addf(&path, "%s/%s", target, entry->d_name);
		if (view_starts(name, VIEW_LIT("xica-")) && view_ends(name, VIEW_LIT("Z.partial")) && buf_cstr(&path) && backup_drop_left(buf_cstr(&path)))
			fprintf(stderr, "xica backup: %s stays: it is in use, or can't be removed\n", buf_cstr(&path));
	}
	if (folder)
		(void)closedir(folder);
}

static int backup(const struct options *options, const struct config *config, const char *target)
{
	cleanup_buf folder = BUF_INIT, why = BUF_INIT;
	json_t *manifest = NULL;
	const struct backup_options making = {.config = config, .config_file = options->dev_dir ? NULL : options->config_file ? options->config_file : DEFAULT_CONFIG,
		.with_keys = options->with_keys, .now = clock_now()};
	int code = name_folder(target, making.now, &folder);
	if (code)
		return code;
	if (!is_archive(target))
		drop_left(target);
	int error = backup_make(&making, buf_cstr(&folder), &manifest, &why);
	if (error)
		return cli_failed("backup", "%s", why.len ? buf_cstr(&why) : xica_strerror(error));
	code = is_archive(target) ? pack(buf_cstr(&folder), target) : CLI_OK;
	if (!code)
		code = tell_backup(options, is_archive(target) ? target : buf_cstr(&folder), manifest);
	json_decref(manifest);
	return code;
}

// An archive's files are gathered in ARCHIVE.files, which goes whatever comes of it.
static int backup_to_archive(const struct options *options, const struct config *config, const char *archive)
{
	cleanup_buf files = BUF_INIT;
	int lock = -1;
	buf_addf(&files, "%s.files", archive);
	int error = !buf_cstr(&files) ? XICA_ENOMEM : file_exists(archive) ? XICA_EEXIST : backup_work_folder(buf_cstr(&files), &lock);
	if (error)
		return cli_failed("backup", "%s: %s", file_exists(archive) ? archive : buf_cstr(&files), xica_strerror(error));
	int code = backup(options, config, archive);
	backup_remove_folder(buf_cstr(&files));
	(void)close(lock);
	return code;
}

int cli_backup(int argc, char **argv)
{
	struct options options = {.command = "backup"};
	cleanup_buf why = BUF_INIT;
	struct config config;
	if (parse_options(argc, argv, &options))
		return CLI_USAGE;
	if (options.help) {
		(void)fputs(BACKUP_HELP, stdout);
		return CLI_OK;
	}
	if (argc - optind != 1)
		return cli_usage_error("backup", "where to? A folder that is there, or a file that ends with .tar");
	if (cli_place_config(options.dev_dir, options.config_file, &config, &why))
		return cli_failed("backup", "%s", buf_cstr(&why));
	(void)umask(077);
	int code = (is_archive(argv[optind]) ? backup_to_archive : backup)(&options, &config, argv[optind]);
	config_free(&config);
	return code;
}

// --- restore

static json_t *lines_json(struct buf *lines)
{
	json_t *list = json_array();
	struct view all = buf_view(lines);
	for (size_t at = 0, end; (end = view_index(all, '\n', at)) != SIZE_MAX; at = end + 1)
		(void)json_array_append_new(list, json_stringn((const char *)all.ptr + at, end - at));
	return list;
}

static void tell_restore(const struct options *options, struct restored *done)
{
	const struct backup_recovered *found = &done->recovered;
	if (options->json) {
		json_t *all = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:b, s:o, s:o}", "certificates", (json_int_t)found->certificates, "revocations",
					(json_int_t)found->revocations, "accounts", (json_int_t)found->accounts, "keys", (json_int_t)found->keys, "without_account",
					(json_int_t)found->without_account, "acts", (json_int_t)found->acts.done, "acts_lost", (json_int_t)found->acts.lost,
					"eab_keys_lost", (json_int_t)found->acts.keys_lost, "log_kept", done->log_kept, "aside", lines_json(&done->aside), "written",
					lines_json(&done->written));
		operator_print_json(all);
		json_decref(all);
		return;
	}
	printf("Written:\n%sSet aside:\n%s", done->written.len ? buf_cstr(&done->written) : "", done->aside.len ? buf_cstr(&done->aside) : "nothing\n");
	printf("Recovered from the audit log: %lld %s, %lld %s, %lld %s, %lld %s, %lld %s of operators and others\n",
	       CLI_COUNTED(found->certificates, "certificate", "certificates"), CLI_COUNTED(found->revocations, "revocation", "revocations"),
	       CLI_COUNTED(found->accounts, "account", "accounts"), CLI_COUNTED(found->keys, "changed key", "changed keys"), CLI_COUNTED(found->acts.done, "act", "acts"));
	if (found->acts.lost)
		printf("Not recovered: %lld %s of accounts whose number or key is another's now: look at 'xica account list'\n", CLI_COUNTED(found->acts.lost, "change", "changes"));
	if (found->acts.keys_lost)
		printf("Not recovered: %lld %s made since the backup: make new ones for whoever has not used theirs\n",
		       CLI_COUNTED(found->acts.keys_lost, "external account key that was", "external account keys that were"));
	(void)puts("Lost since the backup, as the log does not tell of it: orders and authorizations, accounts without a certificate, what people on the site set, letters,\n"
		   "counts of limits, statistics.");
	(void)puts("Look at it with 'xica audit certificates', and start xicad.");
}

static int restore(const struct options *options, const struct config *config, const char *dir)
{
	cleanup_buf why = BUF_INIT;
	struct restored done;
	const struct restore_options what = {.config = config, .config_file = options->dev_dir ? NULL : options->config_file ? options->config_file : DEFAULT_CONFIG,
		.dir = dir, .replace_log = options->replace_log, .now = clock_now()};
	int error = backup_restore(&what, &done, &why);
	if (error)
		return cli_failed("restore", "%s", why.len ? buf_cstr(&why) : xica_strerror(error));
	tell_restore(options, &done);
	restored_free(&done);
	return CLI_OK;
}

// Where the machine's own configuration is lost, the backup's says where things belong.
static int find_config(const struct options *options, const char *dir, struct config *config)
{
	cleanup_buf kept = BUF_INIT, why = BUF_INIT;
	const char *file = options->config_file ? options->config_file : DEFAULT_CONFIG;
	buf_addf(&kept, "%s/" BACKUP_CONFIG, dir);
	if (!options->dev_dir && !file_exists(file) && buf_cstr(&kept) && file_exists(buf_cstr(&kept)))
		file = buf_cstr(&kept);
	return cli_place_config(options->dev_dir, file, config, &why) ? cli_failed("restore", "%s", buf_cstr(&why)) : CLI_OK;
}

static int restore_folder(const struct options *options, const char *dir)
{
	struct config config;
	int code = find_config(options, dir, &config);
	if (code)
		return code;
	code = restore(options, &config, dir);
	config_free(&config);
	return code;
}

static int restore_archive(const struct options *options, const char *archive)
{
	cleanup_buf folder = BUF_INIT, why = BUF_INIT;
	buf_addf(&folder, "%s.unpacked", archive);
	const char *name = buf_cstr(&folder);
	int lock = -1, error = name ? backup_work_folder(name, &lock) : XICA_ENOMEM;
	if (error)
		return cli_failed("restore", "%s can't be unpacked beside itself: %s: %s", archive, name ? name : "", xica_strerror(error));
	error = backup_unpack(archive, name, &why);
	int code = error ? cli_failed("restore", "%s: %s", archive, buf_cstr(&why)) : restore_folder(options, name);
	backup_remove_folder(name);
	(void)close(lock);
	return code;
}

int cli_restore(int argc, char **argv)
{
	struct options options = {.command = "restore"};
	struct stat is;
	if (parse_options(argc, argv, &options))
		return CLI_USAGE;
	if (options.help) {
		(void)fputs(RESTORE_HELP, stdout);
		return CLI_OK;
	}
	if (argc - optind != 1)
		return cli_usage_error("restore", "which backup? A folder or an archive that xica backup made");
	if (stat(argv[optind], &is))
		return cli_failed("restore", "there is no %s", argv[optind]);
	(void)umask(077);
	return S_ISDIR(is.st_mode) ? restore_folder(&options, argv[optind]) : restore_archive(&options, argv[optind]);
}
