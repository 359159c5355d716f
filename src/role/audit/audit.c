#include "role/audit/audit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "role/audit/chain.h"
#include "role/audit/read.h"
#include "role/audit/search.h"

struct audit {
	int fd;
	uint64_t size;                     // of what is committed
	char head[AUDIT_HASH_HEX + 1];     // hash of the last committed line
	char batch_head[AUDIT_HASH_HEX + 1]; // and of the last in the batch
	struct buf batch;
	bool lost;                         // a failed write could not be taken back
};

// Everything behind the last line feed (and what a file system filled up with zeros) goes.
static int cut_torn_tail(struct audit *a, uint64_t whole, struct buf *notice)
{
	if (whole == a->size)
		return XICA_OK;
	buf_addf(notice, "the audit log ended in a torn line of %llu bytes; it was never answered, and has been cut off",
		 (unsigned long long)(a->size - whole));
	if (ftruncate(a->fd, (off_t)whole) || fdatasync(a->fd))
		return XICA_EIO;
	a->size = whole;
	return XICA_OK;
}

static int check_end(struct audit *a)
{
	cleanup_buf last = BUF_INIT, before = BUF_INIT;
	struct audit_cursor cursor = audit_cursor_at_end(a->fd, a->size);
	char hash[AUDIT_HASH_HEX + 1];
	audit_chain_first(hash);
	int error = audit_line_before(&cursor, &last);
	if (error == XICA_ENOTFOUND) { // an empty log
		audit_chain_first(a->head);
		return XICA_OK;
	}
	if (!error)
		error = audit_line_before(&cursor, &before);
	if (!error)
		error = audit_chain_hash(buf_view(&before), hash);
	if (error && error != XICA_ENOTFOUND)
		return error;
	error = audit_chain_follows(buf_view(&last), hash);
	bool sealed;
	if (!error)
		error = audit_chain_is_sealed(buf_view(&last), &sealed);
	return error ? error : audit_chain_hash(buf_view(&last), a->head);
}

static int take(struct audit *a, const char *path, struct buf *notice)
{
	struct stat is;
	uint64_t whole;
	a->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (a->fd < 0 || fstat(a->fd, &is))
		return errno == EACCES ? XICA_EDENIED : XICA_EIO;
	if (flock(a->fd, LOCK_EX | LOCK_NB))
		return XICA_EAGAIN;
	a->size = (uint64_t)is.st_size;
	int error = audit_whole_size(a->fd, a->size, &whole);
	if (!error)
		error = cut_torn_tail(a, whole, notice);
	if (!error)
		error = check_end(a);
	if (!error)
		error = file_sync_folder(path);
	memcpy(a->batch_head, a->head, sizeof(a->head));
	return error;
}

int audit_open(const char *path, struct audit **ret_audit, struct buf *notice)
{
	struct audit *a = calloc(1, sizeof(*a));
	if (!a)
		return XICA_ENOMEM;
	int error = take(a, path, notice);
	if (error)
		audit_close(a);
	else
		*ret_audit = a;
	return error;
}

void audit_close(struct audit *audit)
{
	if (!audit)
		return;
	if (audit->fd >= 0)
		(void)close(audit->fd);
	buf_free(&audit->batch);
	free(audit);
}

static json_t *complete(const struct audit *a, const char *kind, json_t *entry, xica_time now)
{
	cleanup_buf time = BUF_INIT;
	clock_add_rfc3339(&time, now);
	json_t *line = buf_cstr(&time) ? json_pack("{s:s, s:s, s:s}", "previous", a->batch_head, "time", buf_cstr(&time), "kind", kind) : NULL;
	if (line && json_object_update_missing(line, entry)) {
		json_decref(line);
		return NULL;
	}
	return line;
}

// line is an object without its last brace.
static int seal_and_add(struct audit *a, struct buf *line)
{
	int error = audit_chain_seal(line);
	if (!error && line->len + 2 > AUDIT_LINE_MAX)
		error = XICA_ERANGE; // it could not be read again
	if (!error)
		error = audit_chain_hash(buf_view(line), a->batch_head);
	if (error)
		return error;
	buf_add(&a->batch, buf_view(line));
	buf_add_byte(&a->batch, '\n');
	return buf_error(&a->batch);
}

static int add_line(struct audit *a, struct view object)
{
	cleanup_buf line = BUF_INIT;
	buf_add(&line, view_sub(object, 0, object.len - 1));
	return seal_and_add(a, &line);
}

int audit_add_members(struct audit *audit, const char *kind, struct view members, xica_time now)
{
	cleanup_buf line = BUF_INIT;
	if (audit->lost)
		return XICA_ECLOSED;
	buf_addf(&line, "{\"previous\":\"%s\",\"time\":\"", audit->batch_head);
	clock_add_rfc3339(&line, now);
	buf_addf(&line, "\",\"kind\":\"%s\",", kind);
	buf_add(&line, members);
	return seal_and_add(audit, &line);
}

int audit_add(struct audit *audit, const char *kind, json_t *entry, xica_time now)
{
	json_t *line = entry && !audit->lost ? complete(audit, kind, entry, now) : NULL;
	char *text = line ? json_dumps(line, JSON_COMPACT | JSON_PRESERVE_ORDER) : NULL;
	int error = text ? add_line(audit, view_str(text)) : audit->lost ? XICA_ECLOSED : XICA_ENOMEM;
	free(text);
	json_decref(line);
	json_decref(entry);
	return error;
}

// A write that failed in the middle is taken back; where even that fails, nobody knows what the file holds.
static int take_back(struct audit *a)
{
	memcpy(a->batch_head, a->head, sizeof(a->head));
	if (ftruncate(a->fd, (off_t)a->size) == 0 && fdatasync(a->fd) == 0)
		return XICA_EIO;
	a->lost = true;
	return XICA_ECLOSED;
}

int audit_commit(struct audit *audit)
{
	int error = buf_error(&audit->batch);
	if (error || audit->lost) {
		buf_clear(&audit->batch);
		memcpy(audit->batch_head, audit->head, sizeof(audit->head));
		return audit->lost ? XICA_ECLOSED : error;
	}
	if (!audit->batch.len)
		return XICA_OK;
	error = file_write_all(audit->fd, buf_view(&audit->batch));
	if (!error && fdatasync(audit->fd))
		error = XICA_EIO;
	if (!error) {
		audit->size += audit->batch.len;
		memcpy(audit->head, audit->batch_head, sizeof(audit->head));
	}
	buf_clear(&audit->batch);
	return error ? take_back(audit) : XICA_OK;
}

struct audit_head audit_head_of(const struct audit *audit)
{
	struct audit_head head = {.size = audit->size + audit->batch.len};
	memcpy(head.hash, audit->batch_head, sizeof(head.hash));
	return head;
}

bool audit_pending(const struct audit *audit)
{
	return audit->batch.len > 0;
}

int audit_look_for(const struct audit *audit, struct audit_search *search, const struct audit_sought *sought)
{
	return audit->lost ? XICA_ECLOSED : audit_search_add(search, audit->fd, audit->size, sought);
}

int audit_read_before(const struct audit *audit, uint64_t before, size_t most, struct buf *lines_out, uint64_t *ret_first)
{
	uint64_t end = before < audit->size ? before : audit->size, first = end;
	uint8_t last = '\n';
	if (end && audit_read_at(audit->fd, end - 1, &last, 1))
		return XICA_EIO;
	if (last != '\n')
		return XICA_EINVAL;
	struct audit_cursor cursor = audit_cursor_at_end(audit->fd, end);
	cleanup_buf line = BUF_INIT;
	int error;
	while (!(error = audit_line_before(&cursor, &line)) && (first == end || end - cursor.at <= most))
		first = cursor.at;
	if (error && error != XICA_ENOTFOUND && first == end)
		return error;
	uint8_t *room = buf_extend(lines_out, (size_t)(end - first));
	if (!room)
		return XICA_ENOMEM;
	error = audit_read_at(audit->fd, first, room, (size_t)(end - first));
	if (!error)
		*ret_first = first;
	return error;
}

void audit_begin_check(const struct audit *audit, struct audit_check *check)
{
	audit_check_begin(check, audit->fd, audit->size);
}
