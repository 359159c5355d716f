#include "cli/passphrase.h"

#include <errno.h>
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/digest.h"

enum { PASSPHRASE_MAX = 1024 };

int passphrase_read(const char *path, struct buf *out, struct buf *why)
{
	struct buf text = BUF_INIT;
	int error = file_read(path, PASSPHRASE_MAX, &text);
	if (error) {
		buf_addf(why, "%s: %s", path, xica_strerror(error));
	} else {
		struct view line = view_sub(buf_view(&text), 0, view_index(buf_view(&text), '\n', 0));
		while (line.len && line.ptr[line.len - 1] == '\r')
			line = view_sub(line, 0, line.len - 1);
		buf_add(out, line);
		error = line.len ? buf_error(out) : XICA_EDENIED;
		if (!line.len)
			buf_addf(why, "%s: there is no passphrase in it", path);
	}
	buf_wipe(&text);
	return error;
}

static int read_line(int fd, struct buf *out)
{
	char c;
	for (;;) {
		ssize_t got = read(fd, &c, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return XICA_EIO;
		if (c == '\n')
			return buf_error(out);
		if (out->len == PASSPHRASE_MAX)
			return XICA_ERANGE;
		buf_add_byte(out, (uint8_t)c);
	}
}

static int ask_once(int fd, const char *prompt, struct buf *out)
{
	struct termios before, quiet;
	if (tcgetattr(fd, &before))
		return XICA_EIO;
	quiet = before;
	quiet.c_lflag &= (tcflag_t)~(ECHO | ECHONL);
	int error = tcsetattr(fd, TCSAFLUSH, &quiet) ? XICA_EIO : XICA_OK; // before the prompt: what is typed after it must not be flushed
	if (!error)
		error = file_write_all(fd, view_str(prompt));
	if (!error)
		error = read_line(fd, out);
	(void)tcsetattr(fd, TCSADRAIN, &before);
	(void)!write(fd, "\n", 1);
	return error;
}

static int ask(int fd, const char *prompt, bool twice, struct buf *out, struct buf *why)
{
	struct buf again = BUF_INIT;
	int error = ask_once(fd, prompt, out);
	if (!error && !out->len) {
		buf_add_str(why, "the passphrase is empty; --no-passphrase says so on purpose");
		error = XICA_EDENIED;
	}
	if (!error && twice) {
		error = ask_once(fd, "Once more: ", &again);
		if (!error && !crypto_equal(buf_view(out), buf_view(&again))) {
			buf_add_str(why, "the two passphrases are not the same");
			error = XICA_EDENIED;
		}
	}
	buf_wipe(&again);
	return error;
}

int passphrase_ask(const char *prompt, bool twice, struct buf *out, struct buf *why)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0) {
		buf_add_str(why, "there is no terminal to ask for the passphrase; say --passphrase-file or --no-passphrase");
		return XICA_EIO;
	}
	int error = ask(fd, prompt, twice, out, why);
	if (error && !why->len)
		buf_addf(why, "the passphrase could not be read: %s", xica_strerror(error));
	(void)close(fd);
	return error;
}
