// A server that runs: told to take a new certificate, and looked at.
#pragma once
#include "client/server.h"
#include "client/shown.h"

// By own, a program, where that is not NULL; else by the command of the server's kind. Told.
XICA_MUST_CHECK int client_server_reload(const struct client_server *server, const char *own, struct client_trouble *trouble);

// Where it shows its certificate: of the lineage's settings, or where one of its kind does on this machine.
const char *client_server_check_at(const struct client_server *server, const struct client_lineage *lineage);
// Which one does it show there for this domain? der: the one that is to be seen.
enum client_shown client_server_shows(const struct client_server *server, const struct client_lineage *lineage, const char *domain, struct view der);
