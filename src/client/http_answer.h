// The web server of http-01: it answers for the challenges of a proof and for nothing else.
#pragma once
#include "client/proof.h"

// For client_listener: one request; context is the struct client_proof.
void client_http_answer(int fd, void *context);
