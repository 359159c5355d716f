// Talking to a running xicad over its operator's socket.
#pragma once
#include <jansson.h>

#include "base/buf.h"

// One question, one answer. command's reference stays the caller's; *ret_answer is the caller's. XICA_EDENIED: xicad says no, and why holds its words.
// XICA_EIO: nobody is there, so nothing was asked. XICA_ECLOSED: asked, but no answer came within 30 seconds, or the registrar ended meanwhile: nobody knows what was done.
XICA_MUST_CHECK int control_ask(const char *path, const json_t *command, json_t **ret_answer, struct buf *why);
