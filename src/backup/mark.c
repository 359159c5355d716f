#include "backup/mark.h"

#include <unistd.h>

#include "base/file.h"

enum { SUFFIX_MAX = 64, ASIDE_MAX = 1000 };

static bool is_suffix(struct view text)
{
	static const struct view BEGINS = VIEW_LIT(".before-restore-");
	bool fits = view_starts(text, BEGINS) && text.len > BEGINS.len;
	for (size_t i = BEGINS.len; fits && i < text.len; i++)
		fits = text.ptr[i] >= '0' && text.ptr[i] <= '9';
	return fits;
}

int restore_mark_begin(const char *mark, struct buf *suffix, bool *ret_made)
{
	cleanup_buf found = BUF_INIT;
	int error = file_read(mark, SUFFIX_MAX, &found);
	if (error == XICA_ENOTFOUND) {
		*ret_made = true;
		return file_replace(mark, 0644, buf_view(suffix));
	}
	if (!error && is_suffix(buf_view(&found))) { // of one that somebody wrote into, this restore's own serves too
		buf_clear(suffix);
		buf_add(suffix, buf_view(&found));
	}
	return error == XICA_ERANGE ? XICA_OK : error ? error : buf_error(suffix);
}

int restore_mark_end(const char *mark)
{
	return unlink(mark) ? XICA_EIO : file_sync_folder(mark);
}

int restore_name_aside(const char *path, const char *suffix, struct buf *ret_name)
{
	for (unsigned n = 1; n < ASIDE_MAX; n++) {
		buf_clear(ret_name);
		buf_addf(ret_name, "%s%s", path, suffix);
		if (n > 1)
			buf_addf(ret_name, ".%u", n);
		if (!buf_cstr(ret_name))
			return XICA_ENOMEM;
		if (!file_exists(buf_cstr(ret_name)))
			return XICA_OK;
	}
	return XICA_EEXIST;
}
