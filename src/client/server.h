// XMPP servers as they are installed: which hosts they serve, where their certificates go, how they are told to take new ones. By their configuration
// files alone, one file of ours for each kind: server_prosody.c …
#pragma once
#include "client/lineage.h"

enum { CLIENT_HOSTS_MAX = 256, CLIENT_CONFIG_MAX = 1 << 20 };

struct client_server;

struct client_place { // where one lineage's files go
	const char *certificate; // chain, leaf first; where key is NULL: the key before it, all in one file. NULL: the server reads the lineage's own files
	const char *key;
};

struct client_server_kind {
	const char *name, *title;   // "prosody", "Prosody"
	const char *config;         // where its packages put it
	const char *file_mark;      // what stands in the name of a configuration file of its kind
	const char *user;           // that must be able to read the key
	bool to_clients;            // the certificate is that of its port for clients; others have it on the port for servers too
	const char *reload[6];      // ends with NULL; "@CONFIG@" is the file, "@FOLDER@" its folder
	const char *reload_other[6]; // the same where the file is not the one of its packages; empty: reload
	// Sets hosts and what place needs. XICA_EPARSE with words.
	int (*read)(struct client_server *server, struct client_trouble *trouble);
	// XICA_EINVAL: the configuration names no place where it could go, and the words say what to write there.
	int (*place)(const struct client_server *server, const struct client_lineage *lineage, struct arena *arena, struct client_place *ret_place,
		     struct client_trouble *trouble);
	// What else is to be changed by hand so that all see this file: a sentence, in arena; NULL: nothing. May be NULL itself.
	const char *(*advise)(const struct client_server *server, const struct client_place *place, struct arena *arena);
};

struct client_host {
	const char *name;      // as configured, perhaps in UTF-8
	const char *file;      // a certificate file of its own, where the configuration says so; NULL
};

struct client_server { // all in arena
	const struct client_server_kind *kind;
	const char *config;    // its configuration file
	struct client_host hosts[CLIENT_HOSTS_MAX];
	size_t host_count;
	const char *files[CLIENT_HOSTS_MAX]; // what the configuration says of certificates: a folder, patterns, files
	size_t file_count;
	const char *challenges; // the folder whose proofs its module shows (docs/integrate.md); NULL: it has no such module
	struct arena arena;
};

#define CLIENT_SERVER_INIT ((struct client_server){.arena = ARENA_INIT})
#define cleanup_server [[gnu::cleanup(client_server_free)]] struct client_server
void client_server_free(struct client_server *server);

extern const struct client_server_kind client_server_prosody, client_server_ejabberd, client_server_jabberd2, client_server_mongooseim;

const struct client_server_kind *client_server_find(const char *name); // NULL: there is none
// By its configuration file. XICA_ENOTFOUND: of no known server. Told.
XICA_MUST_CHECK int client_server_read(const char *config, struct client_server *server, struct client_trouble *trouble);
// Of the servers whose configuration is where packages put it, the one that serves a host of these names; without names, one that could be certified.
// XICA_ENOTFOUND: none does. XICA_ECONFLICT: several do. Told.
XICA_MUST_CHECK int client_server_detect(const char *const *names, size_t count, struct client_server *server, struct client_trouble *trouble);

struct client_proposal { // one certificate: a host, and those below it
	const char **names;
	size_t count;
};
// The hosts that could be certified, in A-labels: no localhost, no addresses. In arena.
XICA_MUST_CHECK int client_server_propose(const struct client_server *server, struct arena *arena, struct client_proposal **ret_list, size_t *ret_count);
bool client_server_serves(const struct client_server *server, const char *const *names, size_t count); // any of them

// For the readers: each name once; more than there is room for are left out.
void client_server_add_host(struct client_server *server, struct view name, const char *file);
void client_server_add_file(struct client_server *server, struct view file); // made absolute by the configuration's folder
// It has the module for proofs. folder: where that looks; empty: where it looks if nothing is configured.
void client_server_shows_proofs(struct client_server *server, struct view folder);
const char *client_server_folder(const struct client_server *server, struct arena *arena); // of the configuration file
