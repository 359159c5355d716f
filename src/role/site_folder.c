#include "role/site_folder.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *role_site_folder(const struct config *config, struct buf *beside)
{
	char program[PATH_MAX];
	ssize_t len = config->dev ? readlink("/proc/self/exe", program, sizeof(program)) : -1;
	struct stat status;
	if (len <= 0 || (size_t)len == sizeof(program))
		return config->site_dir;
	buf_add(beside, view_bytes(program, (size_t)len));
	while (beside->len && beside->ptr[beside->len - 1] != '/')
		buf_truncate(beside, beside->len - 1);
	buf_add_str(beside, "../site/index.html");
	if (buf_error(beside) || stat(buf_cstr(beside), &status))
		return config->site_dir;
	buf_truncate(beside, beside->len - strlen("/index.html"));
	return buf_cstr(beside);
}
