// The web site in the registrar (src/site/): between fronts and routes.
#pragma once
#include "role/registrar/registrar.h"

XICA_MUST_CHECK int registrar_site_start(struct registrar *registrar);
ipc_handler registrar_handle_site;
void registrar_site_free(struct registrar *registrar); // no request may be under way
