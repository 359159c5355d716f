// Inside chaos/*.c.
#pragma once
#include "chaos/decision.h"
#include "role/registrar/chaos/chaos.h"

struct registrar_chaos {
	struct chaos_plan plan;
	struct chaos_places *places;
	uint64_t number;                      // of lines in the log
	uint8_t mac_key[CRYPTO_SHA256_LEN];
};

struct chaos_request {
	struct chaos_place *place;
	struct chaos_decision decision;
	unsigned told;     // bits of enum chaos_kind: a decision is told once, however often the work is done
	bool counted;      // as one of the polls
	bool answers;      // a challenge, by this request
	bool drop;
	unsigned waits;
};

// One line: at the place of the request, or at another.
[[gnu::format(printf, 3, 4)]] void registrar_chaos_tell(struct registrar *registrar, const struct chaos_request *at, const char *format, ...);
bool registrar_chaos_tells(struct chaos_request *at, enum chaos_kind kind); // the first time

// What an object is called: "a.example#2" is the second order of these names that was seen. Never NULL; where nothing is known of it, its id.
const char *registrar_chaos_label(struct request *request, const char *kind, struct view id);
struct chaos_place *registrar_chaos_object(struct request *request, const char *kind, int64_t id); // NULL: too many
void registrar_chaos_call(struct request *request, const char *kind, struct view id, const char *name); // gives it a label by name, once
// "a.example,b.example", sorted; in the request's arena, NULL: no memory.
const char *registrar_chaos_names(struct request *request, const struct pki_identifier *identifiers, size_t count);
