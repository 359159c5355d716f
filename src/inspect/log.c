#include "inspect/log.h"

#include <string.h>

#include "role/audit/read.h"

enum { STRETCH = 512 * 1024 };

void inspect_log_begin(struct inspect_log *log, int fd, struct inspect_subject *subject)
{
	*log = (struct inspect_log){.fd = fd, .subject = subject};
	audit_chain_first(log->hash);
}

static void check_chain(struct inspect_log *log, struct view line, const json_t *entry)
{
	const char *previous = json_string_value(json_object_get(entry, "previous"));
	bool sealed = false;
	if (!previous)
		inspect_say(log->subject, "log-line", "this is no line of an audit log");
	else if (strcmp(previous, log->hash) != 0)
		inspect_say(log->subject, "log-chain", "it does not follow from the line before it: that one was changed, or something between them was taken out, put in or moved");
	int error = audit_chain_is_sealed(line, &sealed);
	if (error || (log->sealed && !sealed))
		inspect_say(log->subject, "log-digest", "it is not what its digest says: it was changed");
	log->sealed = log->sealed || sealed;
}

static int take_line(struct inspect_log *log, struct view line, inspect_log_line *each, void *context)
{
	json_t *entry = json_loadb((const char *)line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL);
	log->subject->line = ++log->lines;
	log->subject->serial = NULL;
	check_chain(log, line, entry);
	int error = audit_chain_hash(line, log->hash);
	log->at += line.len + 1;
	if (!error && log->at == log->head_size)
		log->at_head = !strcmp(log->hash, log->head_hash);
	if (!error && json_is_object(entry))
		error = each(entry, context);
	json_decref(entry);
	log->subject->serial = NULL;
	log->subject->line = 0;
	return error;
}

static int read_stretch(struct inspect_log *log, uint64_t end, size_t len, struct buf *bytes)
{
	if (len > end - log->at)
		len = (size_t)(end - log->at);
	buf_clear(bytes);
	uint8_t *room = buf_extend(bytes, len);
	return room ? audit_read_at(log->fd, log->at, room, len) : XICA_ENOMEM;
}

int inspect_log_step(struct inspect_log *log, uint64_t end, inspect_log_line *each, void *context)
{
	cleanup_buf bytes = BUF_INIT;
	if (log->at >= end)
		return XICA_OK;
	int error = read_stretch(log, end, STRETCH, &bytes);
	size_t first = error ? 0 : view_index(buf_view(&bytes), '\n', 0);
	if (!error && first == SIZE_MAX) // a long line
		error = read_stretch(log, end, AUDIT_LINE_MAX + 1, &bytes);
	if (error)
		return error;
	struct view all = buf_view(&bytes);
	size_t at = 0;
	for (size_t feed; (feed = view_index(all, '\n', at)) != SIZE_MAX; at = feed + 1)
		if ((error = take_line(log, view_sub(all, at, feed - at), each, context)))
			return error;
	if (!at) { // no line ends in what is left, or none of ours could be so long
		if (all.len > AUDIT_LINE_MAX) {
			log->subject->line = log->lines + 1;
			inspect_say(log->subject, "log-line", "this is no line of an audit log: it is longer than one can be");
			log->subject->line = 0;
		}
		return XICA_OK;
	}
	return log->at < end ? XICA_EAGAIN : XICA_OK;
}
