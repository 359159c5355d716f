// The folder in which `xica get --proof xmpp` puts what is to be shown: a file a challenge, its name the token, in it two lines: the domain in
// A-labels, and the key authorization. Whatever else lies there is passed over.
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/proof.h"
#include "lib/result.h"
#include "pki/peer.h"

enum { FILE_BYTES_MAX = 1024, LOOKED_AT_MAX = 1000, SHOWN_MAX = 50 }; // what a stranger's stream can cost; below the 64 KiB that a validator reads

// XICA_ENOTFOUND: no such file any more, or nothing that we would read.
static int read_small(int folder, const char *name, struct buf *out)
{
	uint8_t bytes[FILE_BYTES_MAX + 1];
	struct stat about;
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return XICA_ENOTFOUND;
	ssize_t len = fstat(fd, &about) == 0 && S_ISREG(about.st_mode) ? read(fd, bytes, sizeof(bytes)) : -1;
	(void)close(fd);
	if (len < 0 || len > FILE_BYTES_MAX)
		return XICA_ENOTFOUND;
	buf_add(out, view_bytes(bytes, (size_t)len));
	return buf_error(out);
}

static struct view take_line(struct view *rest)
{
	size_t end = view_index(*rest, '\n', 0);
	struct view line = view_sub(*rest, 0, end);
	*rest = end == SIZE_MAX ? VIEW_NONE : view_sub(*rest, end + 1, SIZE_MAX);
	return line;
}

// Is this file for the domain, and what does it say? The key authorization must be that of its token, well-formed: it is written into a stream.
static int add_file(int folder, const char *token, struct view domain, struct buf *out, unsigned *shown)
{
	cleanup_buf text = BUF_INIT;
	struct view name = view_str(token);
	int error = proof_is_token(name) ? read_small(folder, token, &text) : XICA_ENOTFOUND;
	if (error)
		return error == XICA_ENOTFOUND ? XICA_OK : error;
	struct view rest = buf_view(&text), first = take_line(&rest), second = take_line(&rest);
	if (rest.len || !view_equal_nocase(first, domain) || second.len <= name.len || !view_starts(second, name) || second.ptr[name.len] != '.')
		return XICA_OK;
	struct view thumbprint = view_sub(second, name.len + 1, SIZE_MAX);
	if (!proof_is_thumbprint(thumbprint))
		return XICA_OK;
	proof_add_element(out, name, thumbprint);
	(*shown)++;
	return buf_error(out);
}

static int add_all(const char *path, struct view domain, struct buf *out)
{
	int error = XICA_OK;
	unsigned shown = 0;
	DIR *folder = opendir(path);
	if (!folder)
		return errno == ENOENT ? XICA_OK : errno == ENOMEM ? XICA_ENOMEM : XICA_EIO;
	for (unsigned seen = 0; !error && seen < LOOKED_AT_MAX && shown < SHOWN_MAX; seen++) {
		const struct dirent *entry = readdir(folder);
		if (!entry)
			break;
		error = add_file(dirfd(folder), entry->d_name, domain, out, &shown);
	}
	(void)closedir(folder);
	return error;
}

int xica_xmpp01_shown(const char *folder, const char *domain, char **ret_xml)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_buf xml = BUF_INIT;
	struct view ascii;
	const char *why;
	if (!folder || !domain || !ret_xml)
		return XICA_ERROR_ARGUMENT;
	int error = pki_peer_domain(view_str(domain), &arena, &ascii, &why);
	if (!error)
		error = add_all(folder, ascii, &xml);
	return lib_result(error ? error : lib_copy(buf_view(&xml), ret_xml));
}
