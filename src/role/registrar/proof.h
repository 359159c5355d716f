// What the registrar has asked of the validator: shared by who asks (proof.c) and who hears the answers (proof_answer.c).
#pragma once
#include "role/registrar/email.h"

struct proof {
	struct proof *next;
	struct registrar *registrar;
	uint64_t id;            // of the question
	bool answered;
	int64_t authz;
	struct arena arena;
	struct view challenge;  // its type
	struct view request_id; // for the log
	uint8_t thumbprint[CRYPTO_SHA256_LEN]; // of the account's key, as the validator was told
	struct buf former;      // thumbprints that it had before, as the validator was told
	struct buf question;    // kept, to be asked again
	struct buf problem;     // JSON text, when invalid
	bool our_fault;         // that it is
	struct view receipts[2];
	size_t receipt_count;
	registrar_caa_done *caa_done; // a CAA check of its own; else a challenge's proof
	void *caa_context;
	struct registrar_proof_asker asker; // for as long as patience lasts; its done is NULL: nobody waits (any more)
	bool recorded;
	struct event *patience;
	// email-01
	struct buf code;        // as it was typed; nowhere else is it kept
	bool again;             // the answer wasn't right, and another may be given
	unsigned tries_left;
	const char *why;        // what the applicant is told
	registrar_code_done *code_done; // who waits for the outcome; may be NULL
	void *code_context;
};

void registrar_proof_free(struct proof *proof); // and tells who waits
void registrar_proof_tell_code(struct proof *proof, const char *why); // who waits for what became of a code, if anybody does; once
