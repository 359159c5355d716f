// Values of answers, as the pages get them: texts from outside, bytes, certificates.
#pragma once
#include <jansson.h>

#include "base/buf.h"
#include "base/clock.h"

json_t *site_json_ascii(struct view text);  // visible ASCII, the rest as '?': for what a stranger's certificate request says
json_t *site_json_hex(struct view bytes);
json_t *site_json_time(xica_time time);     // null for 0
json_t *site_json_pem(const char *label, struct view der);
json_t *site_json_key_type(struct view spki); // "P-256"
XICA_MUST_CHECK int site_json_write(const json_t *value, struct buf *out); // as text, appended. XICA_ENOMEM, also for NULL
