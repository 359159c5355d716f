// A lineage's certificate into the place where the server looks for it; the server told; and back again, where it doesn't come up with it.
#pragma once
#include "client/server.h"
#include "client/tell.h"

struct client_installed {
	bool changed; // the server had something else before
	bool checked; // the server shows it
};

// The lineage's current version, by lineage->settings.server_config. XICA_EDENIED: the server didn't come up with it, and has again what it had; others:
// nothing was changed for the server. In both cases the version before (0: none) is the lineage's current one again. Told.
XICA_MUST_CHECK int client_install(const struct client_lineage *lineage, unsigned before, const struct client_tell *tell,
				   struct client_installed *ret_installed, struct client_trouble *trouble);
