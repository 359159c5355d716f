// DIR/ca.json, the index of a CA's folder (config/ca_dir.h), as JSON that the ceremony changes and writes back as one:
//   {"version": 1, "name": "…", "http_url": "…",
//    "issuers":  [{"id": "…", "key": "issuer-ID.key", "chains": [["issuer-ID-DIGEST.pem", "cross-…"], …]}, …],  newest first
//    "roots":    [{"id": "…", "certificate": "root-…", "crl": "root-ID.crl", "key": "/path or name in keys/",
//                  "cross": ["cross-…"], "revoked": [{"serial": hex, "time": seconds, "reason": number}, …]}, …],  newest first
//    "requests": [{"id": "…", "key": "issuer-ID.key"}, …]}  keys whose CSR is out
#pragma once
#include <jansson.h>

#include "config/ca_dir.h"

#define CA_ISSUER_KEY_NAME "issuer-%s.key" // by its id

// *ret_index is the caller's (json_decref). XICA_ENOTFOUND: there is none. XICA_EPARSE: *why says what is wrong. What is returned has the
// shape above: every member of the right kind, every name without a folder in it (but a root's key).
XICA_MUST_CHECK int ca_index_read(const char *dir, json_t **ret_index, struct buf *why);
XICA_MUST_CHECK int ca_index_write(const char *dir, const json_t *index);
json_t *ca_index_new(void); // an empty one; NULL: no memory
// The entry with this id in one of the three lists; NULL: none. Borrowed.
json_t *ca_index_find(const json_t *index, const char *list, const char *id);

// DIR/FOLDER/NAME, or NAME itself where it begins with '/'; in arena, NULL: no memory.
const char *ca_index_path(const char *dir, const char *folder, const char *name, struct arena *arena);
// The id of a key: CA_ID_LEN hex digits and a NUL.
XICA_MUST_CHECK int ca_id(struct view spki, char ret_id[CA_ID_LEN + 1]);
