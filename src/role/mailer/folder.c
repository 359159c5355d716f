#include "role/mailer/folder.h"

#include <time.h>

#include "base/file.h"

enum { MICROSECONDS = 1000000 };

static int64_t next_moment(int64_t last)
{
	struct timespec now;
	(void)clock_gettime(CLOCK_REALTIME, &now);
	int64_t moment = (int64_t)now.tv_sec * MICROSECONDS + now.tv_nsec / 1000;
	return moment > last ? moment : last + 1;
}

static bool is_name(struct view letter)
{
	for (size_t i = 0; i < letter.len; i++)
		if (!((letter.ptr[i] >= 'a' && letter.ptr[i] <= 'z') || letter.ptr[i] == '-'))
			return false;
	return letter.len && letter.len <= 64;
}

int mailer_folder_write(const char *folder, struct view letter, struct view text, int64_t *last)
{
	cleanup_buf path = BUF_INIT;
	int64_t moment = next_moment(*last);
	time_t seconds = moment / MICROSECONDS;
	struct tm tm = {0};
	if (!is_name(letter))
		return XICA_EINVAL;
	(void)gmtime_r(&seconds, &tm);
	buf_addf(&path, "%s/%04d%02d%02dT%02d%02d%02d.%06dZ-%.*s.eml", folder, tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		 (int)(moment % MICROSECONDS), VIEW_FMT(letter));
	const char *name = buf_cstr(&path);
	int error = name ? file_replace(name, 0600, text) : XICA_ENOMEM;
	if (!error)
		*last = moment;
	return error;
}
