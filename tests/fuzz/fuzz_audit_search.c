// Lines that may stand in an audit log, searched for serials: none is said to be missing that somebody who reads each line as JSON finds, and what is found is the same.
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/base64url.h"
#include "base/file.h"
#include "role/audit/search.h"

enum { SERIALS = 2 };

static const char *const SOUGHT[SERIALS] = {"\x10\xaa", "\x10\xbb"}, *const HEX[SERIALS] = {"10aa", "10bb"};

struct answers {
	unsigned count[SERIALS];
	int error[SERIALS];
	struct buf certificate[SERIALS];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(void *context, const struct audit_sought *sought, int error, struct view certificate)
{
	struct answers *answers = context;
	answers->count[sought->id]++;
	answers->error[sought->id] = error;
	buf_add(&answers->certificate[sought->id], certificate);
}

static int search(struct view lines, struct answers *answers)
{
	struct audit_search search;
	int fd = memfd_create("log", MFD_CLOEXEC), error = fd < 0 ? XICA_EIO : file_write_all(fd, lines);
	audit_search_begin(&search, take, answers);
	for (uint64_t i = 0; i < SERIALS && !error; i++)
		error = audit_search_add(&search, fd, lines.len, &(struct audit_sought){.serial = view_bytes(SOUGHT[i], 2), .id = i});
	while (!error && audit_search_step(&search))
		;
	audit_search_end(&search);
	(void)close(fd);
	return error;
}

// As anybody would read it. Appends the certificate.
static bool is_issuance(struct view line, const char *hex, struct buf *certificate_out)
{
	json_t *entry = json_loadb((const char *)line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL);
	const char *kind = json_string_value(json_object_get(entry, "kind")), *serial = json_string_value(json_object_get(entry, "serial"));
	bool is = kind && serial && !strcmp(kind, "issue") && !strcmp(serial, hex);
	if (is && base64_decode(view_str(json_string_value(json_object_get(entry, "certificate"))), certificate_out))
		buf_clear(certificate_out);
	json_decref(entry);
	return is;
}

static void compare(struct view lines, const struct answers *answers, size_t number)
{
	bool found = false, same = false;
	size_t at = 0;
	for (size_t end; (end = view_index(lines, '\n', at)) != SIZE_MAX; at = end + 1) {
		cleanup_buf certificate = BUF_INIT;
		if (!is_issuance(view_sub(lines, at, end - at), HEX[number], &certificate))
			continue;
		found = true;
		same = same || view_equal(buf_view(&certificate), buf_view(&answers->certificate[number]));
	}
	if (answers->count[number] != 1 || (found && answers->error[number] == XICA_ENOTFOUND) || (!answers->error[number] && !same))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct answers answers = {0};
	cleanup_buf lines = BUF_INIT;
	buf_add(&lines, view_bytes(data, size));
	buf_add_byte(&lines, '\n');
	bool searched = size < 1 << 19 && !search(buf_view(&lines), &answers); // in one stretch
	for (size_t i = 0; i < SERIALS; i++) {
		if (searched)
			compare(buf_view(&lines), &answers, i);
		buf_free(&answers.certificate[i]);
	}
	return 0;
}
