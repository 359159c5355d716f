// --strict: what clients MUST do, and xica lets pass elsewhere since there are real ones that don't. For authors of clients; docs/chaos.md lists what is
// refused always, too.
//
//   User-Agent is sent                                   RFC 8555 §6.1
//   a challenge is answered by {} and nothing else       RFC 8555 §7.5.1 (not email-01, whose answer says more)
//   an authorization is read by an empty payload         RFC 8555 §6.3: {} asks for a change, and names none
//
// And in the registrar: a CSR asks for what the order holds, and nothing else (RFC 8555 §7.4): no XmppAddr.
#pragma once
#include "role/front/front.h"

// False: it is to be refused, and the problem says why. After the signature's form was read, before it is verified.
bool front_strict_allows(const struct front_call *call, struct acme_problem *problem);
