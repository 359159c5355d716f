// A QR code as rows of "0" and "1", for the page to draw.
#pragma once
#include <jansson.h>

#include "base/view.h"

// {"size": n, "rows": ["0110…", …]}; NULL: too long, or no memory.
json_t *qr_json(const char *text);
