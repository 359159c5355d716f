// A server told to take a new certificate.
#pragma once
#include "client/server.h"

// By own, a program, where that is not NULL; else by the command of the server's kind. Told.
XICA_MUST_CHECK int client_server_reload(const struct client_server *server, const char *own, struct client_trouble *trouble);
