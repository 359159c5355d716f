// Ends the process, or fails, at each single step of a backup and of a restore: there is no backup or a whole one; the CA is the old one, the restored one, or marked as half
// restored, and then the next restore completes it. Nothing that was there is lost.
//
// This program's own write, fsync, rename … stand before the C library's, for SQLite too. They count, and at the chosen step end the process (a write: after half of it) or
// fail once.
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backup/files.h"
#include "backup/make.h"
#include "backup/manifest.h"
#include "backup/restore.h"
#include "base/file.h"
#include "check.h"
#include "role/audit/audit.h"
#include "store/reader.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_DONE_NONETHELESS = 2, EXIT_KILLED = 99, STEPS_MAX = 600, FILE_MAX = 1 << 20 };
enum trouble { TROUBLE_NONE, TROUBLE_KILL, TROUBLE_DISK };

static struct {
	enum trouble trouble;
	int countdown;
	bool watching;
} world;

#define REAL(function, type) ((type)dlsym(RTLD_NEXT, #function))

static bool step_fails(void)
{
	if (!world.watching || world.trouble == TROUBLE_NONE || --world.countdown)
		return false;
	if (world.trouble == TROUBLE_KILL)
		_exit(EXIT_KILLED);
	world.watching = false;
	errno = ENOSPC;
	return true;
}

ssize_t write(int fd, const void *bytes, size_t len)
{
	ssize_t (*real)(int, const void *, size_t) = REAL(write, ssize_t(*)(int, const void *, size_t));
	if (world.watching && world.trouble == TROUBLE_KILL && world.countdown == 1)
		(void)!real(fd, bytes, len / 2);
	return step_fails() ? -1 : real(fd, bytes, len);
}

int fsync(int fd)
{
	return step_fails() ? -1 : REAL(fsync, int (*)(int))(fd);
}

int rename(const char *from, const char *to)
{
	return step_fails() ? -1 : REAL(rename, int (*)(const char *, const char *))(from, to);
}

int mkdir(const char *path, mode_t mode)
{
	return step_fails() ? -1 : REAL(mkdir, int (*)(const char *, mode_t))(path, mode);
}

int unlink(const char *path)
{
	return step_fails() ? -1 : REAL(unlink, int (*)(const char *))(path);
}

int chmod(const char *path, mode_t mode)
{
	return step_fails() ? -1 : REAL(chmod, int (*)(const char *, mode_t))(path, mode);
}

// --- a CA in a folder

static char home[64];

struct ca {
	char state[96], ca[112], keys[128], certificates[128], index[128], key[160], certificate[160], db[112], database[128], log[128], receipt_key[128], mark[144];
	struct config config;
};

static struct ca ca_named(const char *name)
{
	struct ca ca;
#define NAME(member, ...) (void)snprintf(ca.member, sizeof(ca.member), __VA_ARGS__)
	NAME(state, "%s/%s", home, name);
	NAME(ca, "%s/ca", ca.state);
	NAME(keys, "%s/keys", ca.ca);
	NAME(certificates, "%s/certificates", ca.ca);
	NAME(index, "%s/ca.json", ca.ca);
	NAME(key, "%s/issuer-1.pem", ca.keys);
	NAME(certificate, "%s/issuer-1.pem", ca.certificates);
	NAME(db, "%s/db", ca.state);
	NAME(database, "%s/xica.db", ca.db);
	NAME(log, "%s/audit.log", ca.state);
	NAME(receipt_key, "%s/receipt.key", ca.state);
	NAME(mark, "%s/" CONFIG_RESTORE_MARK, ca.state);
	return ca;
}

static void point(struct ca *ca)
{
	ca->config = (struct config){.state_dir = ca->state, .ca_dir = ca->ca, .database = ca->database, .audit_log = ca->log, .receipt_key = ca->receipt_key};
}

static void put(const char *path, const char *text)
{
	assert_int_equal(file_replace(path, 0600, view_str(text)), 0);
}

static bool has(const char *path, const char *text)
{
	cleanup_buf content = BUF_INIT;
	return !file_read(path, FILE_MAX, &content) && view_equal_str(buf_view(&content), text);
}

static bool same_files(const char *one, const char *other)
{
	cleanup_buf first = BUF_INIT, second = BUF_INIT;
	return !file_read(one, FILE_MAX, &first) && !file_read(other, FILE_MAX, &second) && view_equal(buf_view(&first), buf_view(&second));
}

static void make_ca(const struct ca *ca)
{
	const char *const folders[] = {ca->state, ca->ca, ca->keys, ca->certificates, ca->db};
	cleanup_buf why = BUF_INIT;
	struct store *store = NULL;
	struct audit *audit = NULL;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		assert_int_equal(file_make_folder(folders[i], 0700), 0);
	put(ca->key, "the issuer's key");
	put(ca->certificate, "the issuer's certificate");
	put(ca->index, "{}");
	put(ca->receipt_key, "the receipts' key");
	assert_int_equal(store_open(&(struct store_options){.path = ca->database}, &store, &why), 0);
	store_close(store);
	assert_int_equal(audit_open(ca->log, &audit, &why), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(audit_add(audit, "start", json_pack("{s:i}", "number", i), clock_now()), 0);
	assert_int_equal(audit_commit(audit), 0);
	audit_close(audit);
}

static struct ca origin, place;
static char kept[96];

static int set_up(void **state)
{
	(void)state;
	(void)snprintf(home, sizeof(home), "%s/xica-test-backup-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm"); // hundreds of restores: no disk needs to turn
	if (!mkdtemp(home))
		return -1;
	(void)snprintf(kept, sizeof(kept), "%s/kept", home);
	origin = ca_named("origin");
	place = ca_named("place");
	point(&origin);
	point(&place);
	make_ca(&origin);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	backup_remove_folder(home);
	return 0;
}

// --- what is interrupted

static int back_up(void)
{
	const struct backup_options options = {.config = &origin.config, .with_keys = true, .now = clock_now()};
	cleanup_buf why = BUF_INIT;
	json_t *manifest = NULL;
	int error = backup_make(&options, kept, &manifest, &why);
	if (!error)
		json_decref(manifest);
	return error;
}

static int restore(void)
{
	const struct restore_options options = {.config = &place.config, .dir = kept, .replace_log = true, .now = clock_now()};
	cleanup_buf why = BUF_INIT;
	struct restored done;
	int error = backup_restore(&options, &done, &why);
	if (!error)
		restored_free(&done);
	return error;
}

// In a process of its own, with trouble at its n-th step. The exit code.
static int run(int (*what)(void), enum trouble trouble, int n)
{
	int status = -1;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		world.trouble = trouble;
		world.countdown = n;
		world.watching = true;
		int error = what();
		_exit(error ? EXIT_FAILED : world.watching ? EXIT_DONE : EXIT_DONE_NONETHELESS);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

// --- backup

static bool is_whole_backup(void)
{
	cleanup_buf why = BUF_INIT;
	json_t *manifest = NULL;
	if (backup_manifest_check(kept, &manifest, &why))
		return false;
	bool whole = backup_has(manifest, "ca/keys/issuer-1.pem") && backup_has(manifest, BACKUP_RECEIPT_KEY) && backup_has(manifest, "ca/ca.json");
	json_decref(manifest);
	return whole;
}

static void check_backup_at_each_step(enum trouble trouble)
{
	cleanup_buf partial = BUF_INIT;
	int n = 1;
	buf_addf(&partial, "%s.partial", kept);
	for (int code = -1; n < STEPS_MAX && code != EXIT_DONE; n++) {
		code = run(back_up, trouble, n);
		if (file_exists(kept))
			assert_true(is_whole_backup());
		else
			assert_int_equal(run(back_up, TROUBLE_NONE, 0), EXIT_DONE); // what was left over is in nobody's way
		assert_true(is_whole_backup());
		assert_false(file_exists(buf_cstr(&partial)));
		backup_remove_folder(kept);
	}
	assert_true(n > 20 && n < STEPS_MAX);
}

static void a_backup_that_is_killed_at_any_step_is_none_or_whole(void **state)
{
	(void)state;
	check_backup_at_each_step(TROUBLE_KILL);
}

static void a_backup_on_a_failing_disk_is_none_or_whole(void **state)
{
	(void)state;
	check_backup_at_each_step(TROUBLE_DISK);
}

static void what_another_process_still_makes_is_not_taken_away(void **state)
{
	cleanup_buf partial = BUF_INIT;
	int lock = -1;
	(void)state;
	buf_addf(&partial, "%s.partial", kept);
	assert_int_equal(backup_work_folder(buf_cstr(&partial), &lock), 0);
	assert_int_equal(back_up(), XICA_EEXIST);
	assert_int_equal(backup_drop_left(buf_cstr(&partial)), XICA_EEXIST);
	assert_true(file_exists(buf_cstr(&partial)));
	(void)close(lock);
	assert_int_equal(back_up(), 0);
	assert_false(file_exists(buf_cstr(&partial)));
}

// --- restore

static const char OLD_DATABASE[] = "the old database", OLD_WAL[] = "its write-ahead log", OLD_LOG[] = "another log\n";

static void make_place(bool lost)
{
	assert_int_equal(file_make_folder(place.state, 0700), 0);
	if (lost)
		return;
	assert_int_equal(file_make_folder(place.db, 0700), 0);
	put(place.database, OLD_DATABASE);
	char wal[160];
	(void)snprintf(wal, sizeof(wal), "%s-wal", place.database);
	put(wal, OLD_WAL);
	put(place.log, OLD_LOG);
}

static bool is_untouched(bool lost)
{
	if (file_exists(place.index) || file_exists(place.key))
		return false;
	return lost ? !file_exists(place.database) && !file_exists(place.log) : has(place.database, OLD_DATABASE) && has(place.log, OLD_LOG);
}

// The backup's, and behind it a line for each restore that came so far.
static bool log_goes_on(void)
{
	cleanup_buf was = BUF_INIT, is = BUF_INIT;
	uint64_t lines = 0;
	return !audit_verify(place.log, &lines) && !file_read(origin.log, FILE_MAX, &was) && !file_read(place.log, FILE_MAX, &is) && is.len > was.len &&
	       view_starts(buf_view(&is), buf_view(&was)) && strstr(buf_cstr(&is) + was.len, "\"kind\":\"restore\"");
}

static bool is_restored(void)
{
	cleanup_buf why = BUF_INIT;
	struct store_reader *reader = NULL;
	bool whole = !store_reader_open(place.database, &reader, &why) && !store_reader_quick_check(reader, &why);
	store_reader_close(reader);
	return whole && log_goes_on() && same_files(place.index, origin.index) && same_files(place.key, origin.key) &&
	       same_files(place.certificate, origin.certificate) && same_files(place.receipt_key, origin.receipt_key);
}

static size_t found;
static char aside[FILENAME_MAX];

static int look(const char *path, const struct stat *is, int type, struct FTW *where)
{
	(void)is, (void)where;
	if (type == FTW_F && (strstr(path, ".restoring") || view_ends(view_str(path), VIEW_LIT(".new"))))
		fail_msg("%s is left over", path);
	if (type == FTW_F && strstr(path, "xica.db.before-restore-") && has(path, OLD_DATABASE)) {
		(void)snprintf(aside, sizeof(aside), "%s-wal", path);
		found++;
	}
	if (type == FTW_F && strstr(path, "audit.log.before-restore-") && has(path, OLD_LOG))
		found++;
	return 0;
}

static void check_aside(bool lost)
{
	found = 0;
	assert_int_equal(nftw(place.state, look, 8, FTW_PHYS), 0);
	assert_int_equal(found, lost ? 0 : 2);
	if (!lost)
		assert_true(has(aside, OLD_WAL)); // the name by which SQLite finds it
}

static void check_restore_at_each_step(enum trouble trouble, bool lost)
{
	int n = 1, marked = 0;
	assert_int_equal(back_up(), 0);
	for (int code = -1; n < STEPS_MAX && code != EXIT_DONE; n++) {
		make_place(lost);
		code = run(restore, trouble, n);
		bool mark = file_exists(place.mark);
		marked += mark;
		if (!mark && !is_untouched(lost) && !is_restored())
			fail_msg("step %d: half restored, and not marked", n);
		if (code == EXIT_DONE || code == EXIT_DONE_NONETHELESS)
			assert_true(!mark && is_restored());
		assert_int_equal(run(restore, TROUBLE_NONE, 0), EXIT_DONE);
		assert_true(is_restored());
		assert_false(file_exists(place.mark));
		check_aside(lost);
		backup_remove_folder(place.state);
	}
	assert_true(n > 20 && n < STEPS_MAX);
	assert_true(marked > 5);
}

static void a_restore_that_is_killed_at_any_step_is_completed_by_the_next_and_loses_nothing(void **state)
{
	(void)state;
	check_restore_at_each_step(TROUBLE_KILL, false);
}

static void on_a_machine_that_lost_everything_too(void **state)
{
	(void)state;
	check_restore_at_each_step(TROUBLE_KILL, true);
}

static void a_restore_on_a_failing_disk_is_completed_by_the_next_and_loses_nothing(void **state)
{
	(void)state;
	check_restore_at_each_step(TROUBLE_DISK, false);
}

static void no_backup_is_made_of_what_is_half_restored(void **state)
{
	cleanup_buf why = BUF_INIT;
	json_t *manifest = NULL;
	const struct backup_options options = {.config = &origin.config, .now = clock_now()};
	(void)state;
	put(origin.mark, ".before-restore-1");
	assert_int_equal(backup_make(&options, kept, &manifest, &why), XICA_EDENIED);
	assert_non_null(strstr(buf_cstr(&why), "repeat xica restore"));
	assert_false(file_exists(kept));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_backup_that_is_killed_at_any_step_is_none_or_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_backup_on_a_failing_disk_is_none_or_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_another_process_still_makes_is_not_taken_away, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_restore_that_is_killed_at_any_step_is_completed_by_the_next_and_loses_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(on_a_machine_that_lost_everything_too, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_restore_on_a_failing_disk_is_completed_by_the_next_and_loses_nothing, set_up, tear_down),
		cmocka_unit_test_setup_teardown(no_backup_is_made_of_what_is_half_restored, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
