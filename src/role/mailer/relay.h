// SMTP to the configured relay by libcurl (RFC 5321, RFC 3207, RFC 4954), one letter a transfer, several at once.
//
// All that is read from files (the password, who may vouch for the relay) is read by mailer_relay_open; its name is resolved by our own resolver.
#pragma once
#include <event2/event.h>

#include "config/config.h"
#include "ipc/message.h"

struct mailer_relay;
struct mailer_transfer;

struct mailer_outcome {
	enum ipc_mailed result; // never: the relay refused this letter for good
	const char *detail;     // the relay's words, or what went wrong on the way to it; NULL where it was sent
	bool ours;              // the letter is not to blame: the relay, or the way to it, needs an operator
};

// Once, from the loop, never from within start. The outcome and the transfer are gone when it returns.
typedef void mailer_relay_done(const struct mailer_outcome *outcome, void *context);

// What fails is logged. config outlives the relay.
XICA_MUST_CHECK int mailer_relay_open(struct event_base *base, const struct config *config, struct mailer_relay **ret_relay);
void mailer_relay_hang_up(struct mailer_relay *relay); // cuts every connection: what is under way fails
void mailer_relay_free(struct mailer_relay *relay); // no transfer may be under way any more; NULL is fine
// from, to: addresses (site/mail_address.h). text must outlive the transfer.
XICA_MUST_CHECK int mailer_relay_start(struct mailer_relay *relay, struct view from, struct view to, struct view text, mailer_relay_done *done, void *context,
				       struct mailer_transfer **ret_transfer);
void mailer_relay_cancel(struct mailer_transfer *transfer); // done is not called; NULL is fine
