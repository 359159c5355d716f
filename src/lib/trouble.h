// What the client has to say, as the library's callers see it. Inside this room alone.
#pragma once
#include "client/trouble.h"
#include "lib/xica.h"

// NULL: no memory.
struct xica_trouble *lib_trouble(int error, const struct client_trouble *from);
