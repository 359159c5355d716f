// A certificate and those that follow it: CONFIG-DIR/certificates/NAME/ with current/{key,cert,chain,fullchain}.pem and settings.json, which says how
// it was got, so that it can be renewed.
#pragma once
#include "base/arena.h"
#include "base/clock.h"
#include "client/chain.h"
#include "client/versions.h"

enum { CLIENT_NAMES_MAX = 100 };

struct client_settings { // texts live in the lineage's arena; NULL where there is none
	const char *server;        // the directory's URL
	const char **names;        // "example.org", "*.example.org", "_xmpp-server.example.org"
	size_t name_count;
	const char *profile, *proof, *webroot, *hook, *challenges, *ca_file, *chain, *email;
	const char *key;           // "ec", "rsa"
	const char *server_config; // of the server it is installed for; NULL: for none
	const char *check;         // HOST:PORT at which it shows its certificate to other servers
	const char *reload;        // a program that tells it to take a new certificate, instead of the usual one
	unsigned http_port, tls_port;
};

struct client_lineage {
	const char *name, *folder;
	struct client_settings settings;
	struct pki_identifier names[CLIENT_NAMES_MAX]; // of the settings
	struct arena arena;
};

#define CLIENT_LINEAGE_INIT ((struct client_lineage){.arena = ARENA_INIT})
#define cleanup_lineage [[gnu::cleanup(client_lineage_free)]] struct client_lineage
void client_lineage_free(struct client_lineage *lineage);

// What the folder of these names is called: the first, with "_wildcard" in the place of '*'. In arena; NULL: no memory.
const char *client_lineage_name(const char *first, struct arena *arena);
// Texts into identifiers: lineage->names. XICA_EPARSE names the one that is none.
XICA_MUST_CHECK int client_lineage_read_names(struct client_lineage *lineage, struct client_trouble *trouble);
// Sets name and folder; reads settings.json. XICA_ENOTFOUND: there is no such lineage.
XICA_MUST_CHECK int client_lineage_open(struct client_lineage *lineage, const char *config_dir, const char *name, struct client_trouble *trouble);
XICA_MUST_CHECK int client_lineage_save_settings(struct client_lineage *lineage, struct client_trouble *trouble);
// The current certificate. XICA_ENOTFOUND: there is none. All in arena.
XICA_MUST_CHECK int client_lineage_chain(const struct client_lineage *lineage, struct arena *arena, struct client_chain *ret_chain,
					 struct client_trouble *trouble);
// FOLDER/current/FILE, appended to out.
XICA_MUST_CHECK int client_lineage_read(const struct client_lineage *lineage, const char *file, struct buf *out, struct client_trouble *trouble);
// A new version, which becomes the current one. *ret_before: the one that was (0: none), for client_versions_use.
XICA_MUST_CHECK int client_lineage_write(const struct client_lineage *lineage, struct view key_pem, struct view fullchain_pem,
					 const struct client_chain *chain, unsigned *ret_before, struct client_trouble *trouble);
