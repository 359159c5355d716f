// Prosody's configuration, for tests and fuzzers: the text of one file. Pure but for what Include names.
#pragma once
#include "client/server.h"

// include: called with each pattern of Include; NULL: they are passed over.
void client_prosody_read_text(struct client_server *server, struct view text, void (*include)(struct client_server *server, const char *pattern, unsigned depth),
			      unsigned depth);
