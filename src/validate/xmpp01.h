// xmpp-01 and xmpp-tls-01: D's own XMPP server shows the proof (docs/acme-xmpp.md).
//
// The server is found as other servers and clients find it: by D's SRV records, or at D itself. It is asked for a stream to D, and for TLS with D as
// SNI. xmpp-01: the features of the encrypted stream hold the key authorization. xmpp-tls-01: the certificate is that of acme_identifier.h.
//
// The kinds of record are tried in the configured order; the first under which a server answers decides. Of its targets, all of the best priority at
// which anybody answers must show the proof: one that shows something else is a server of D that the applicant doesn't control.
#pragma once
#include "validate/challenge.h"

extern const struct challenge_method challenge_xmpp01, challenge_xmpp_tls01;
