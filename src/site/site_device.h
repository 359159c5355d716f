// The browser that somebody logs in with, known again by its cookie __Host-device. It proves nothing: it only tells a log-in that is news from one that isn't.
#pragma once
#include "site/site.h"

// Somebody logs in here. From a browser that is new to this person (and is not their first) there is a letter, unless it is switched off, and an event.
// ret_device: the cookie's hash, in the arena.
XICA_MUST_CHECK int site_device_see(struct store_txn *txn, struct site_request *request, const struct store_person *person, struct view *ret_device);
// Has this person logged in with the browser before? ret_device: the cookie's hash, in the arena; empty: no.
XICA_MUST_CHECK int site_device_known(struct store_txn *txn, struct site_request *request, int64_t person, struct view *ret_device);
