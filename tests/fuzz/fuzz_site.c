// Requests to the site's JSON interface: records parted by 0x1e, each "G" or "P" and the path with its query, a line end, the Cookie header, a line end, the
// body. The store lives in memory (a file in /dev/shm); there is a person with a fresh session, whose token is SESSION, and a half one, HALF.
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "crypto/init.h"
#include "jose/jws.h"
#include "site/site.h"
#include "site/site_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char SESSION[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", HALF[] = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE";
enum { TURNS = 16 };

static char folder[] = "/dev/shm/xica-fuzz-XXXXXX";
static struct store *store;
static struct site *site;
static unsigned answers;
static xica_time time_is = 1800000000; // two days later with each input, so that none waits for what those before it tried
static struct { // what the owner was asked last; one at a time
	struct site_request *request;
	void (*hashed)(struct site_request *request, struct view hash);
	void (*checked)(struct site_request *request, enum site_login_result result);
	void (*registered)(struct site_request *request, struct view public_key, struct view credential);
	void (*asserted)(struct site_request *request, enum site_login_result result, uint64_t counter);
	bool right;
} asked;

static void must(bool it)
{
	if (!it)
		__builtin_trap();
}

// --- the owner

static int password_hash(void *context, struct view password, struct site_request *request, void (*done)(struct site_request *request, struct view hash))
{
	(void)context;
	asked.request = request, asked.hashed = done, asked.right = password.len % 2;
	return 0;
}

static int password_check(void *context, struct view password, struct view hash, struct site_request *request,
			  void (*done)(struct site_request *request, enum site_login_result result))
{
	(void)context, (void)hash;
	asked.request = request, asked.checked = done, asked.right = password.len % 2;
	return 0;
}

static int passkey_register(void *context, const struct site_passkey *passkey, struct site_request *request,
			    void (*done)(struct site_request *request, struct view public_key, struct view credential))
{
	(void)context;
	asked.request = request, asked.registered = done, asked.right = passkey->attestation.len % 2;
	return 0;
}

static int passkey_check(void *context, const struct site_passkey *passkey, struct site_request *request,
			 void (*done)(struct site_request *request, enum site_login_result result, uint64_t counter))
{
	(void)context;
	asked.request = request, asked.asserted = done, asked.right = passkey->signature.len % 2;
	return 0;
}

static int command(void *context, json_t *question, struct view by, struct site_request *request,
		   void (*done)(struct site_request *request, json_t *answer))
{
	(void)context, (void)question, (void)by, (void)request, (void)done;
	return XICA_EAGAIN;
}

static int confirm_code(void *context, struct view authz, struct view code, struct site_request *request,
			void (*done)(struct site_request *request, const char *why))
{
	(void)context, (void)authz, (void)code, (void)request, (void)done;
	return XICA_EAGAIN;
}

static void mail_waits(void *context)
{
	(void)context;
}

static void revoked(void *context, struct view issuer, uint32_t shard)
{
	(void)context, (void)issuer, (void)shard;
}

static void answer_asked(void)
{
	struct site_request *request = asked.request;
	enum site_login_result result = asked.right ? SITE_LOGIN_RIGHT : SITE_LOGIN_WRONG;
	asked.request = NULL;
	if (asked.hashed) {
		void (*done)(struct site_request *, struct view) = asked.hashed;
		asked.hashed = NULL;
		done(request, asked.right ? VIEW_LIT("hash") : VIEW_NONE);
	} else if (asked.checked) {
		void (*done)(struct site_request *, enum site_login_result) = asked.checked;
		asked.checked = NULL;
		done(request, result);
	} else if (asked.registered) {
		void (*done)(struct site_request *, struct view, struct view) = asked.registered;
		asked.registered = NULL;
		done(request, asked.right ? VIEW_LIT("key") : VIEW_NONE, VIEW_LIT("credential"));
	} else if (asked.asserted) {
		void (*done)(struct site_request *, enum site_login_result, uint64_t) = asked.asserted;
		asked.asserted = NULL;
		done(request, result, 1);
	}
}

// --- the answer

static void reply(void *context, struct site_request *request)
{
	(void)context;
	answers++;
	must(request->status >= 200 && request->status < 600 && request->content_type);
	must((request->status >= 400) == (request->word != NULL) || request->status == 500);
	if (strcmp(request->content_type, "application/json") == 0) {
		json_t *json = json_loadb((const char *)request->text.ptr, request->text.len, JSON_REJECT_DUPLICATES, NULL);
		must(json_is_object(json));
		json_decref(json);
	}
	for (size_t i = 0; i < request->cookie_count; i++) {
		struct view cookie = buf_view(&request->cookies[i]);
		must(view_starts(cookie, VIEW_LIT("__Host-")) && view_index(cookie, '\n', 0) == SIZE_MAX && view_index(cookie, '\r', 0) == SIZE_MAX);
	}
}

// --- the store

static xica_time now(void)
{
	return time_is;
}

static int insert_session(struct store_txn *txn, int64_t person, const char *token, enum store_session_kind kind)
{
	struct store_session session = {.kind = kind, .person = person, .created = time_is, .seen = time_is, .fresh = time_is, .rotated = time_is,
					.expires = time_is + XICA_DAY, .idle = XICA_DAY};
	int64_t id;
	int error = site_token_hash(view_str(token), session.token_hash);
	if (error)
		return error;
	return store_session_insert(txn, &session, &id);
}

// The person and both sessions, whatever the input before this one did to them. (An address is changed by a letter's token alone, which no input can know.)
static int set_up(struct store_txn *txn, void *context)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_person person = {.address = VIEW_LIT("juliet@verona.example"), .key = VIEW_LIT("juliet@verona.example"), .password_hash = VIEW_LIT("hash"),
				      .status = STORE_PERSON_ACTIVE, .language = VIEW_LIT("en"), .unsubscribe = VIEW_LIT("unsubscribe"),
				      .user_handle = VIEW_LIT("0123456789abcdef"), .notices = STORE_NOTIFY_ALL};
	size_t ended;
	(void)context;
	int error = store_person_by_key(txn, person.key, &arena, &person);
	if (error == XICA_ENOTFOUND)
		error = store_person_insert(txn, &person, &person.id);
	if (!error)
		error = store_session_end_all(txn, person.id, 0, &ended);
	if (!error)
		error = insert_session(txn, person.id, SESSION, STORE_SESSION_FULL);
	return error ? error : insert_session(txn, person.id, HALF, STORE_SESSION_HALF);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static void clean_up(void)
{
	site_free(site);
	store_close(store);
	(void)nftw(folder, remove_one, 4, FTW_DEPTH | FTW_PHYS);
}

static void begin(void)
{
	static struct config config = {.url = "https://ca.example", .http_url = "http://ca.example", .mail = true, .sign_up = true};
	static struct ca_dir ca;
	static const struct site_owner owner = {.password_hash = password_hash, .password_check = password_check, .passkey_register = passkey_register,
						.passkey_check = passkey_check, .mail_waits = mail_waits, .revoked = revoked, .command = command,
						.confirm_code = confirm_code};
	char path[64];
	cleanup_buf why = BUF_INIT;
	log_open("fuzz", LOG_LEVEL_ERROR);
	must(!crypto_init() && !jose_init() && mkdtemp(folder));
	(void)snprintf(path, sizeof(path), "%s/xica.db", folder);
	must(!store_open(&(struct store_options){.path = path}, &store, &why));
	must(!site_new(&config, &ca, store, &owner, reply, &site));
	site->clock = now;
	(void)atexit(clean_up);
}

// --- the input

static struct view take_line(struct view *rest)
{
	size_t end = view_index(*rest, '\n', 0);
	struct view line = view_sub(*rest, 0, end);
	*rest = end == SIZE_MAX ? VIEW_NONE : view_sub(*rest, end + 1, SIZE_MAX);
	return line;
}

static void one_request(struct view record)
{
	struct view url = take_line(&record), cookie = take_line(&record);
	size_t mark = view_index(url, '?', 1);
	if (!url.len)
		return;
	const struct site_request_in in = {
		.method = url.ptr[0] == 'G' ? HTTP_METHOD_GET : HTTP_METHOD_POST,
		.path = view_sub(url, 1, mark == SIZE_MAX ? SIZE_MAX : mark - 1),
		.query = mark == SIZE_MAX ? VIEW_NONE : view_sub(url, mark + 1, SIZE_MAX),
		.body = record,
		.cookie = cookie,
		.agent = VIEW_LIT("fuzz"),
		.remote = VIEW_LIT("2001:db8::1"),
		.request_id = VIEW_LIT("1"),
		.language = VIEW_LIT("en"),
	};
	unsigned before = answers;
	must(!site_handle(site, &in, NULL));
	for (int i = 0; i < TURNS && answers == before; i++) {
		store_flush(store);
		answer_asked();
	}
	must(answers == before + 1 && !site->under_way);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view rest = view_bytes(data, size);
	if (!site)
		begin();
	time_is += 2 * XICA_DAY;
	must(!store_run(store, set_up, NULL));
	while (rest.len) {
		size_t end = view_index(rest, 0x1e, 0);
		one_request(view_sub(rest, 0, end));
		rest = end == SIZE_MAX ? VIEW_NONE : view_sub(rest, end + 1, SIZE_MAX);
	}
	return 0;
}
