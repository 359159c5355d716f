// Answers http-01 for all names of a run (RFC 8555 §8.3): whose order a name is of, the name itself says.
#pragma once
#include "load_client.h"

struct load_http01;
// run is borrowed. XICA_EIO: the port is taken.
XICA_MUST_CHECK int load_http01_new(const struct load_run *run, unsigned port, struct load_http01 **ret_http01);
void load_http01_free(struct load_http01 *http01);
