// Cookies of an answer over its units of work: what a unit sets goes out only if the unit is on disk. For site_request.c alone.
#pragma once
#include "site/site.h"

void site_cookies_keep(struct site_request *request); // the unit is on disk: its cookies stay, in place of older ones of their name
void site_cookies_undo(struct site_request *request); // it is not: those of the units before stay
