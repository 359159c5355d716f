#include "role/signer/blocklist.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/hex.h"
#include "crypto/digest.h"

enum { FILE_MAX_LEN = 512 * 1024 * 1024 };

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, CRYPTO_SHA256_LEN);
}

static struct view trim(struct view line)
{
	line = view_sub(line, 0, view_index(line, '#', 0));
	while (line.len && line.ptr[line.len - 1] <= ' ')
		line = view_sub(line, 0, line.len - 1);
	while (line.len && line.ptr[0] <= ' ')
		line = view_sub(line, 1, SIZE_MAX);
	return line;
}

static int add_line(struct view line, struct buf *digests)
{
	line = trim(line);
	if (!line.len)
		return XICA_OK;
	return line.len == 2 * CRYPTO_SHA256_LEN ? hex_decode(line, digests) : XICA_EPARSE;
}

static int read_lines(struct view text, struct signer_blocklist *list, const char *path, struct buf *why)
{
	for (size_t number = 1; text.len; number++) {
		size_t end = view_index(text, '\n', 0);
		int error = add_line(view_sub(text, 0, end), &list->digests);
		if (error) {
			buf_addf(why, "%s:%zu: a line is the SHA-256 of a public key in hex", path, number);
			return error;
		}
		text = end == SIZE_MAX ? VIEW_NONE : view_sub(text, end + 1, SIZE_MAX);
	}
	return buf_error(&list->digests);
}

int signer_blocklist_read(const char *path, struct signer_blocklist *ret_list, struct buf *why)
{
	struct signer_blocklist list = {BUF_INIT};
	cleanup_buf text = BUF_INIT;
	int error = file_read(path, FILE_MAX_LEN, &text);
	if (error && error != XICA_ENOTFOUND) {
		buf_addf(why, "%s: %s", path, xica_strerror(error));
		return error;
	}
	error = read_lines(buf_view(&text), &list, path, why);
	if (error) {
		signer_blocklist_free(&list);
		return error;
	}
	if (list.digests.len)
		qsort(list.digests.ptr, list.digests.len / CRYPTO_SHA256_LEN, CRYPTO_SHA256_LEN, compare);
	*ret_list = list;
	return XICA_OK;
}

void signer_blocklist_free(struct signer_blocklist *list)
{
	buf_free(&list->digests);
}

int signer_blocklist_check(const struct signer_blocklist *list, struct view spki)
{
	uint8_t digest[CRYPTO_SHA256_LEN];
	int error = crypto_sha256(spki, digest);
	if (error || !list->digests.len)
		return error;
	return bsearch(digest, list->digests.ptr, list->digests.len / CRYPTO_SHA256_LEN, CRYPTO_SHA256_LEN, compare) ? XICA_EDENIED : XICA_OK;
}
