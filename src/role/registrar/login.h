// What the registrar asks the login role for the web site: passwords and passkeys. Each of the calls is as in struct site_owner (site/site.h): XICA_EAGAIN where too many wait
// already or nobody is there; else done is called once, later. When the role goes, those that wait are told that nobody could look: what was to be looked at is not kept.
#pragma once
#include "role/registrar/registrar.h"
#include "site/site.h"

enum { REGISTRAR_LOGIN_WAITING_MAX = 64 };

typedef void registrar_login_hashed(struct site_request *request, struct view hash);
typedef void registrar_login_checked(struct site_request *request, enum site_login_result result);
typedef void registrar_login_registered(struct site_request *request, struct view public_key, struct view credential);
typedef void registrar_login_asserted(struct site_request *request, enum site_login_result result, uint64_t counter);

XICA_MUST_CHECK int registrar_login_hash(struct registrar *registrar, struct view password, struct site_request *request, registrar_login_hashed *done);
XICA_MUST_CHECK int registrar_login_check(struct registrar *registrar, struct view password, struct view hash, struct site_request *request,
					  registrar_login_checked *done);
XICA_MUST_CHECK int registrar_login_register(struct registrar *registrar, const struct site_passkey *passkey, struct site_request *request,
					     registrar_login_registered *done);
XICA_MUST_CHECK int registrar_login_assert(struct registrar *registrar, const struct site_passkey *passkey, struct site_request *request,
					   registrar_login_asserted *done);

ipc_handler registrar_handle_login;
void registrar_login_gone(struct registrar *registrar);
size_t registrar_login_waiting(const struct registrar *registrar);
