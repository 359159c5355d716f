// What a domain's XMPP servers show: asked of the validator for the site.
#pragma once
#include <jansson.h>

#include "role/registrar/registrar.h"

enum { REGISTRAR_LOOKS_MAX = 16 };

// seen: what the validator saw (validator/look.c), borrowed; NULL: it could not look.
typedef void registrar_look_done(void *context, const json_t *seen);
// done is called later, once. XICA_EAGAIN: too many are under way, or the validator is away.
XICA_MUST_CHECK int registrar_look(struct registrar *registrar, struct view domain, registrar_look_done *done, void *context);
ipc_handler registrar_handle_looked;
void registrar_looks_interrupt(struct registrar *registrar); // the validator has gone
