// Names as a person writes them, into ACME identifiers.
#pragma once
#include "pki/names.h"

// "example.org", "*.bücher.example", "_xmpp-server.example.org". The CA has rules of its own on names; here the lenient ones serve. All in arena.
// XICA_EPARSE: *fault says why.
XICA_MUST_CHECK int client_name_read(const char *text, struct arena *arena, struct pki_identifier *ret_identifier, enum pki_name_fault *fault);
