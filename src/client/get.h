// A certificate got or renewed, from the settings of its lineage: account, order, proofs, files, installation. Blocking.
#pragma once
#include "client/lineage.h"
#include "client/tell.h"

#define CLIENT_CONFIG_DIR XICA_SYSCONFDIR "/xica"

struct client_get_options { // what isn't remembered
	const char *config_dir;
	const char *eab_kid, *eab_key;
	bool agrees;   // with terms of service
	bool (*ask)(const char *terms_url, void *context); // as in client/account.h
	bool force;    // also where the current certificate isn't due
	bool dry_run;  // proves the names, and asks for no certificate
	const struct client_tell *tell;
};

enum client_outcome {
	CLIENT_ISSUED,  // there is a new certificate
	CLIENT_KEPT,    // the one there is serves
	CLIENT_TRIED,   // dry_run: it would work, as far as can be seen
	CLIENT_FAILED,  // what was there is as it was
};
const char *client_outcome_text(enum client_outcome outcome); // "issued"

struct client_got {
	xica_time renew_at; // when it will be due; 0: not known
	const char *explanation_url; // what the CA says about its renewal; NULL: nothing. The lineage's
	enum client_outcome outcome;
	bool installed, checked; // the server has it; it shows it
	bool hooks_failed; // there is a new certificate, and something in hooks.d failed: told in the trouble
};

// Makes config_dir and what belongs into it, 0700.
XICA_MUST_CHECK int client_get_prepare(const char *config_dir, struct client_trouble *trouble);
// One lineage, whose settings are read or filled in. Saves the settings once there is a certificate. Always sets ret_got.
XICA_MUST_CHECK int client_get(struct client_lineage *lineage, const struct client_get_options *options, struct client_got *ret_got,
			       struct client_trouble *trouble);
// "ca.example.net" or "https://ca.example.net" into the URL of xica's directory; other URLs as they are. In arena; NULL: no memory.
const char *client_directory_url(const char *server, struct arena *arena);
// For scripts: name, names, status, folder, files, serial, not_before, not_after; error and problem where it failed.
json_t *client_get_json(const struct client_lineage *lineage, const struct client_got *got, struct client_trouble *trouble);
