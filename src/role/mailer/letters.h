// The mailer's letters: catalogues read at the start, and a request made into a message.
#pragma once
#include "config/config.h"
#include "ipc/message.h"
#include "site/letter.h"

struct mailer_letters;

struct mailer_message {
	struct view from, to; // addresses, in the arena
	struct buf text;      // the whole message
};

// Reads what stands in the site's folder; the sender is config's. What fails is logged.
XICA_MUST_CHECK int mailer_letters_open(const struct config *config, struct mailer_letters **ret_letters);
void mailer_letters_free(struct mailer_letters *letters);
// Of an IPC_MAIL. XICA_EPARSE: the address is none. Else as letter_compose. why (appended): a sentence for the operator.
XICA_MUST_CHECK int mailer_letters_write(const struct mailer_letters *letters, const struct ipc_message *request, struct arena *arena,
					 struct mailer_message *ret_message, struct buf *why);
