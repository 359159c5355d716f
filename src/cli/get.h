// What the command line of xica get says. Of its files alone.
#pragma once
#include "cli/obtain.h"
#include "client/proof.h"
#include "client/server.h"

struct get {
	struct obtain obtain;
	struct client_settings given; // NULL and 0: not given
	bool delegated, json, no_install, no_timer, list;
	struct arena arena;
};

// get_hosts.c: a certificate for these names; without any, one for each of the server's hosts.
void get_all(struct get *get, const char *const *names, size_t count);
// The same hosts, printed: one line a certificate. Nothing is made or asked for. Returns enum cli_exit: CLI_OK also where there is none.
int get_list(struct get *get);
// get_one.c: one certificate. server: that it is for; NULL: none.
void get_one(struct get *get, const char *const *names, size_t count, const struct client_server *server);
