// Putting a certificate and its key where a server reads them, and what was there back again.
#pragma once
#include "client/server.h"

struct client_placed { // what was there; arena's
	const struct client_place *place;
	const char *store;         // pair: the folder of versions
	unsigned before;           // pair: the version that was in use; 0: none
	struct client_was {
		bool plain;        // a file, with this content
		struct buf content;
		const char *link;  // a symbolic link to there; NULL: none
	} certificate, key;
	bool touched;              // something was changed
};

void client_placed_free(struct client_placed *placed);
// Is exactly this there?
bool client_place_has(const struct client_place *place, struct view key_pem, struct view fullchain_pem);
// What is there now, for client_place_back. name: as for client_place_put.
XICA_MUST_CHECK int client_place_remember(const struct client_place *place, const char *name, struct arena *arena, struct client_placed *ret_placed,
					  struct client_trouble *trouble);
// user: who must be able to read it, where we are root. *ret_placed is for client_place_back.
XICA_MUST_CHECK int client_place_put(const struct client_place *place, const char *name, const char *user, struct view key_pem, struct view fullchain_pem,
				     struct arena *arena, struct client_placed *ret_placed, struct client_trouble *trouble);
XICA_MUST_CHECK int client_place_back(struct client_placed *placed, const char *user, struct client_trouble *trouble);
