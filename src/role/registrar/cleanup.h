// What is no longer needed goes, portion by portion (store/cleanup.h).
#pragma once
#include "role/registrar/registrar.h"

XICA_MUST_CHECK int registrar_cleanup_start(struct registrar *registrar);
void registrar_cleanup_free(struct registrar *registrar);
