#include "role/login/password.h"

#include <errno.h>
#include <sodium.h>
#include <string.h>

// 64 MiB, three passes: about a quarter of a second. A guesser of passwords pays the same for each.
enum { PASSES = 3, MEMORY = 64 << 20 };

_Static_assert(crypto_pwhash_STRBYTES <= LOGIN_HASH_MAX, "a hash fits");

static int hash_text(struct view password, char text[LOGIN_HASH_MAX])
{
	if (password.len > LOGIN_PASSWORD_MAX)
		return XICA_ERANGE;
	return crypto_pwhash_str_alg(text, (const char *)password.ptr, password.len, PASSES, MEMORY, crypto_pwhash_ALG_ARGON2ID13) ? XICA_ENOMEM : XICA_OK;
}

int login_password_open(struct login_password *passwords)
{
	char random[32];
	if (sodium_init() < 0)
		return XICA_ECRYPTO;
	randombytes_buf(random, sizeof(random));
	return hash_text(view_bytes(random, sizeof(random)), passwords->nobodys);
}

int login_password_hash(struct view password, struct buf *out)
{
	char text[LOGIN_HASH_MAX] = {0};
	int error = hash_text(password, text);
	if (error)
		return error;
	buf_add_str(out, text);
	return buf_error(out);
}

// Is it one that we made? needs_rehash reads the parameters: -1 for what has none.
static bool is_hash(const char *text)
{
	return crypto_pwhash_str_needs_rehash(text, PASSES, MEMORY) >= 0;
}

enum ipc_login login_password_check(const struct login_password *passwords, struct view password, struct view hash)
{
	char text[LOGIN_HASH_MAX] = {0};
	if (hash.len < sizeof(text) && hash.len)
		memcpy(text, hash.ptr, hash.len);
	bool known = is_hash(text) && password.len <= LOGIN_PASSWORD_MAX;
	errno = 0;
	int wrong = crypto_pwhash_str_verify(known ? text : passwords->nobodys, (const char *)password.ptr, known ? password.len : password.len % LOGIN_PASSWORD_MAX);
	if (wrong && errno == ENOMEM)
		return IPC_LOGIN_FAILED;
	if (wrong || !known)
		return IPC_LOGIN_WRONG;
	return crypto_pwhash_str_needs_rehash(text, PASSES, MEMORY) ? IPC_LOGIN_RIGHT_BUT_OLD : IPC_LOGIN_RIGHT;
}
