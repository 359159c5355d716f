// email-01 (docs/acme-email.md): a code that was sent to hostmaster, postmaster or webmaster of the domain comes back from the account that wants to prove it. Who
// reads the mail of one of these mailboxes may have the domain's certificate. It proves a dns identifier, never a wildcard nor a service.
//
// The code is made here and compared here; on its way to the applicant only the mailer sees it.
#pragma once
#include "validate/challenge.h"

enum { EMAIL01_ADDRESSES = 3 };

#define EMAIL01_NAME "email-01"

extern const struct challenge_method challenge_email01;

// "hostmaster@example.org" for 0, and so on, in arena; NULL: no memory.
const char *email01_address(const struct pki_identifier *identifier, size_t n, struct arena *arena);
// Is to one of these addresses, and the identifier one that can be proven so? lenient: as for pki_identifier_parse_dns.
bool email01_may_write(const struct pki_identifier *identifier, struct view to, bool lenient);
