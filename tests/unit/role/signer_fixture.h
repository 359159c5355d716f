// A signer with a fresh CA, and an applicant's account, CSRs, finalize requests and receipts: what the tests of the signer play with.
#pragma once
#include "check.h"
#include "jose/jws.h"
#include "role/signer/issue.h"

enum { RECEIPTS_MAX = 16 };

struct applicant { // all that a request is made of; a test changes what it wants to see refused
	struct crypto_key *account, *key;
	struct buf jwk, csr, finalize;
	struct buf receipts[RECEIPTS_MAX];
	size_t receipt_count;
	struct buf key_changes[4];
	size_t key_change_count;
	const char *profile;
	xica_time not_before, not_after;
};

extern char fixture_folder[];
extern struct config fixture_config;
extern struct signer_core fixture_core;
extern struct signer_clock fixture_clock;
extern const uint8_t FIXTURE_RECEIPT_KEY[RECEIPT_KEY_LEN];
extern const char FIXTURE_KID[];

// Of a whole group of tests: they share the CA.
int fixture_set_up(void **state);
int fixture_tear_down(void **state);

struct crypto_key *fixture_key(enum crypto_key_type type);
// A CSR for these names, signed by signer (the key itself but in tests of forgery).
void fixture_csr(struct applicant *a, const struct pki_san *names, size_t count, const struct crypto_key *signer);
// The finalize request for a CSR, signed by signer for this URL.
void fixture_finalize_at(struct applicant *a, struct view csr, const struct crypto_key *signer, const char *url);
void fixture_finalize(struct applicant *a, struct view csr, const struct crypto_key *signer);
void fixture_jwk(struct applicant *a);
struct receipt fixture_receipt(const struct applicant *a, enum receipt_kind kind, const char *name);
void fixture_add_receipt(struct applicant *a, const struct receipt *receipt);
// Control and CAA for a name ("example.org", "*.example.org", "_xmpp-server.example.org").
void fixture_prove(struct applicant *a, const char *name);
void fixture_ask(struct applicant *a, const char *const *names);
#define fixture_ask_for(a, ...) fixture_ask(a, (const char *const[]){__VA_ARGS__, NULL})

// An applicant without receipts, who asks for example.org.
struct applicant fixture_applicant(void);
void fixture_forget(struct applicant *a);
int fixture_prepare(const struct applicant *a, struct arena *arena, struct signer_prepared *prepared, struct signer_refusal *refusal);
// Says the refusal's word where it isn't the one that a test waits for. The applicant is forgotten.
void fixture_expect(struct applicant *a, enum pki_refusal reason);
