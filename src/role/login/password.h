// Passwords, hashed by argon2id (RFC 9106), which takes time and memory by intent. libsodium stays behind this header.
#pragma once
#include "base/buf.h"
#include "ipc/message.h"

enum { LOGIN_PASSWORD_MAX = 4096, LOGIN_HASH_MAX = 128 };

struct login_password {
	char nobodys[LOGIN_HASH_MAX]; // a hash of nobody's password: checking against it takes as long
};

// Before the role locks itself in. XICA_ECRYPTO, XICA_ENOMEM.
XICA_MUST_CHECK int login_password_open(struct login_password *passwords);
// Appends a text that holds parameters, salt and hash. XICA_ENOMEM, XICA_ERANGE: the password is too long.
XICA_MUST_CHECK int login_password_hash(struct view password, struct buf *out);
// hash empty, or no hash of ours: wrong, after as long a time. Failed: no memory.
enum ipc_login login_password_check(const struct login_password *passwords, struct view password, struct view hash);
