#include "role/audit/chain.h"

#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "role/audit/audit.h"
#include "role/audit/read.h"

enum { STRETCH = 256 * 1024 }; // a few milliseconds

void audit_chain_first(char ret_hex[AUDIT_HASH_HEX + 1])
{
	memset(ret_hex, '0', AUDIT_HASH_HEX);
	ret_hex[AUDIT_HASH_HEX] = 0;
}

int audit_chain_hash(struct view line, char ret_hex[AUDIT_HASH_HEX + 1])
{
	uint8_t digest[CRYPTO_SHA256_LEN];
	cleanup_buf hex = BUF_INIT;
	int error = crypto_sha256(line, digest);
	if (error)
		return error;
	hex_encode(&hex, view_bytes(digest, sizeof(digest)));
	error = buf_error(&hex);
	if (error)
		return error;
	memcpy(ret_hex, hex.ptr, AUDIT_HASH_HEX);
	ret_hex[AUDIT_HASH_HEX] = 0;
	return XICA_OK;
}

int audit_chain_follows(struct view line, const char *hash)
{
	json_t *entry = json_loadb((const char *)line.ptr, line.len, JSON_REJECT_DUPLICATES, NULL);
	const char *previous = json_string_value(json_object_get(entry, "previous"));
	int error = !previous ? XICA_EPARSE : strcmp(previous, hash) ? XICA_ESIG : XICA_OK;
	json_decref(entry);
	return error;
}

// --- a line's own digest

#define SEAL_BEGIN ",\"digest\":\""
#define SEAL_END "\"}"

enum { SEAL_LEN = sizeof(SEAL_BEGIN) - 1 + AUDIT_HASH_HEX + sizeof(SEAL_END) - 1 };

int audit_chain_seal(struct buf *line)
{
	char hex[AUDIT_HASH_HEX + 1];
	int error = audit_chain_hash(buf_view(line), hex);
	if (error)
		return error;
	buf_addf(line, SEAL_BEGIN "%s" SEAL_END, hex);
	return buf_error(line);
}

int audit_chain_is_sealed(struct view line, bool *ret_sealed)
{
	char hex[AUDIT_HASH_HEX + 1];
	struct view body = view_sub(line, 0, line.len < SEAL_LEN ? 0 : line.len - SEAL_LEN);
	struct view seal = view_sub(line, body.len, SIZE_MAX), digest = view_sub(seal, sizeof(SEAL_BEGIN) - 1, AUDIT_HASH_HEX);
	bool sealed = line.len >= SEAL_LEN && view_starts(seal, VIEW_LIT(SEAL_BEGIN)) && view_ends(seal, VIEW_LIT(SEAL_END));
	int error = sealed ? audit_chain_hash(body, hex) : XICA_OK;
	if (!error && sealed && !view_equal_str(digest, hex))
		error = XICA_ESIG;
	if (!error)
		*ret_sealed = sealed;
	return error;
}

// --- checking

void audit_check_begin(struct audit_check *check, int fd, uint64_t size)
{
	*check = (struct audit_check){.fd = fd, .end = size};
	audit_chain_first(check->hash);
}

static int check_line(struct audit_check *check, struct view line)
{
	bool sealed;
	int error = audit_chain_follows(line, check->hash);
	if (!error)
		error = audit_chain_is_sealed(line, &sealed);
	if (!error && !sealed && check->sealed)
		error = XICA_ESIG;
	if (error)
		return error;
	check->sealed = sealed;
	error = audit_chain_hash(line, check->hash);
	check->lines += !error;
	return error;
}

static int check_lines(struct audit_check *check)
{
	struct view bytes = buf_view(&check->rest);
	size_t at = 0;
	for (size_t end; (end = view_index(bytes, '\n', at)) != SIZE_MAX; at = end + 1) {
		int error = check_line(check, view_sub(bytes, at, end - at));
		if (error)
			return error;
	}
	memmove(check->rest.ptr, check->rest.ptr + at, bytes.len - at);
	buf_truncate(&check->rest, bytes.len - at);
	return XICA_OK;
}

int audit_check_step(struct audit_check *check)
{
	size_t len = check->end - check->at < STRETCH ? (size_t)(check->end - check->at) : STRETCH;
	if (!len) // what is left without a line feed is a torn line
		return check->rest.len ? XICA_EPARSE : XICA_OK;
	uint8_t *room = buf_extend(&check->rest, len);
	if (!room)
		return XICA_ENOMEM;
	int error = audit_read_at(check->fd, check->at, room, len);
	if (error)
		return error;
	check->at += len;
	if ((error = check_lines(check)))
		return error;
	return check->rest.len > AUDIT_LINE_MAX ? XICA_EPARSE : XICA_EAGAIN;
}

void audit_check_end(struct audit_check *check)
{
	buf_free(&check->rest);
}

int audit_verify(const char *path, uint64_t *ret_lines)
{
	struct audit_check check;
	struct stat is;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return XICA_ENOTFOUND;
	int error = fstat(fd, &is) ? XICA_EIO : XICA_EAGAIN;
	audit_check_begin(&check, fd, error == XICA_EAGAIN ? (uint64_t)is.st_size : 0);
	while (error == XICA_EAGAIN)
		error = audit_check_step(&check);
	*ret_lines = check.lines;
	audit_check_end(&check);
	(void)close(fd);
	return error;
}
