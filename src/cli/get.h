// What the command line of xica get says. Of its files alone.
#pragma once
#include "cli/obtain.h"
#include "client/proof.h"

struct get {
	struct obtain obtain;
	struct client_settings given; // NULL and 0: not given
	bool delegated, json;
	struct arena arena;
};
