// Renewal without anybody's doing: xica-renew.timer of systemd.
#pragma once
#include "client/tell.h"
#include "client/trouble.h"

// Switches it on where systemd runs and has it, and tells so; where it was on already, does and tells nothing. XICA_ENOTFOUND: there is no systemd, or not this
// timer. XICA_EIO: it can't be switched on. Told.
XICA_MUST_CHECK int client_timer_set_up(const struct client_tell *tell, struct client_trouble *trouble);
