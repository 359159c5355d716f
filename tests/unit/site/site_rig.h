// The site with a real store, and the test as its owner: passwords are "hashed" by a word in front, passkeys are right when their signature says so, and
// each answer of the owner comes later, as it does in the registrar. Browsers are jars of cookies.
#pragma once
#include "check.h"
#include "site/site.h"

enum { RIG_NOW = 1800000000, RIG_COOKIES = 6, RIG_ASKS = 8 };

struct rig_browser {
	struct {
		char name[32], value[64];
	} cookies[RIG_COOKIES];
	const char *remote, *agent;
};

struct rig_ask {
	struct site_request *request;
	void (*hashed)(struct site_request *request, struct view hash);
	void (*checked)(struct site_request *request, enum site_login_result result);
	void (*registered)(struct site_request *request, struct view public_key, struct view credential);
	void (*asserted)(struct site_request *request, enum site_login_result result, uint64_t counter);
	void (*commanded)(struct site_request *request, json_t *answer);
	void (*looked)(struct site_request *request, const json_t *seen);
	char text[600], other[600];
	uint64_t counter;
};

struct rig {
	char folder[64], path[96];
	struct store *store;
	struct config config;
	struct ca_dir ca;
	struct site *site;
	struct rig_browser browser; // that asks
	// as the owner
	struct rig_ask asks[RIG_ASKS];
	size_t ask_count;
	unsigned hashes, checks, mails; // how often it was asked, told
	char command[600], by[64];  // the operator's last command, JSON text, and who gave it
	const char *seen;           // what a look at servers brings, JSON text; NULL: the validator could not look
	unsigned looks;
	char looked_at[256];
	bool login_away, validator_away;
	bool old_hashes;            // right passwords are right but old
	// the last answer
	bool answered;
	unsigned status, retry_after;
	json_t *json;
	char word[64], field[64], file_name[64], set_cookies[4][256];
	size_t set_cookie_count;
};

void rig_start(struct rig *rig);
void rig_stop(struct rig *rig);
void rig_sleep(xica_time seconds); // the site's clock goes on
xica_time rig_now(void);

// One request with its answer; the browser keeps the cookies. Returns the status.
unsigned rig_get(struct rig *rig, const char *path_and_query);
unsigned rig_post(struct rig *rig, const char *path, const char *body);
[[gnu::format(printf, 3, 4)]] unsigned rig_postf(struct rig *rig, const char *path, const char *format, ...);
// Begins one without waiting for its answer; rig_run goes on until there is one.
void rig_begin(struct rig *rig, enum http_method method, const char *path, const char *body);
void rig_run(struct rig *rig);

const char *rig_text(const struct rig *rig, const char *member); // of the answer; "": none
int64_t rig_number(const struct rig *rig, const char *member);   // true is 1
const char *rig_cookie(const struct rig *rig, const char *name); // of the browser; "": none
void rig_set_cookie(struct rig *rig, const char *name, const char *value);
struct rig_browser rig_fresh_browser(const char *remote);

// The newest letter; NULL: none. Borrowed until the next call.
const char *rig_letter(struct rig *rig);
const char *rig_letter_to(struct rig *rig);
const char *rig_letter_language(struct rig *rig);
const char *rig_letter_value(struct rig *rig, const char *name);
const char *rig_letter_token(struct rig *rig); // behind the '#' of its link
size_t rig_letters(struct rig *rig);
// Is there an event of this word among the person's newest?
bool rig_has_event(struct rig *rig, const char *address, const char *what);
struct store_person rig_person(struct rig *rig, const char *address, struct arena *arena); // fails the test where there is none

// Ways that many tests go.
#define RIG_PASSWORD "seven blue herons"
void rig_join(struct rig *rig, const char *address);            // signs up and confirms; the browser is logged in
unsigned rig_log_in(struct rig *rig, const char *address, const char *password);
// cmocka: a fresh rig for a test that takes one.
#define rig_test(name) {#name, rig_run_test, NULL, NULL, (void *)(name)}
void rig_run_test(void **state);
