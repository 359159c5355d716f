// xica doctor: one file a kind of checks. Each looks at a deployment and says of what it sees whether it is right, and if not, what to do.
#pragma once
#include <jansson.h>
#include <stdbool.h>

#include "config/ca_dir.h"
#include "config/config.h"

enum { DOCTOR_CLOCK_SLACK = 5 }; // seconds by which clocks that are right may be apart

enum doctor_level { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_FAILURE, DOCTOR_SKIPPED };

struct doctor {
	const struct config *config;
	const struct ca_dir *ca;  // NULL: it can't be read
	const char *dev_dir, *config_file;
	const char *url, *http_url; // of the site: as the running xicad says, else as configured
	json_t *health;           // what it said; NULL: it does not run
	bool json, offline;
	xica_time now;
	json_t *checks;           // for --json
	unsigned warnings, failures;
};

// advice: what to do, a sentence; NULL: nothing.
[[gnu::format(printf, 5, 6)]] void doctor_say(struct doctor *doctor, enum doctor_level level, const char *check, const char *advice, const char *format, ...);
// How far a date is: a failure within days of it, a warning within warn_days.
void doctor_say_expiry(struct doctor *doctor, const char *check, const char *what, xica_time end, unsigned days, unsigned warn_days, const char *advice);

void doctor_machine(struct doctor *doctor); // doctor_machine.c: clock, disk, kernel, files and who owns them
void doctor_state(struct doctor *doctor);   // doctor_state.c: CA, certificates, database, audit log, the running xicad
void doctor_network(struct doctor *doctor); // doctor_network.c: DNS, the site, CRLs and OCSP where certificates say they are, the mail relay

// What a certificate says is at url, or a failure of this check. The reply's body is the caller's.
struct doctor_reply;
XICA_MUST_CHECK int doctor_fetch(struct doctor *doctor, const char *check, const char *url, struct view body, struct doctor_reply *reply);
void doctor_ocsp(struct doctor *doctor, const struct ca_issuer *issuer); // doctor_ocsp.c: is OCSP's answer sound?

// doctor_http.c: one request over plain HTTP, blocking, bounded.
struct doctor_reply {
	unsigned status;
	xica_time date;           // of its Date header; 0: none
	struct buf body;
};
// body empty: GET. XICA_EIO: why says what happened. The reply is the caller's (buf_free of its body).
XICA_MUST_CHECK int doctor_http(const char *url, struct view body, const char *content_type, struct doctor_reply *ret_reply, struct buf *why);
XICA_MUST_CHECK int doctor_connect(const char *host, const char *port, int *ret_fd, struct buf *why);
