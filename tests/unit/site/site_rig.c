#include "site_rig.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "crypto/init.h"
#include "jose/jws.h"
#include "store/event.h"
#include "store/mail.h"

static xica_time now;

xica_time rig_now(void)
{
	return now;
}

void rig_sleep(xica_time seconds)
{
	now += seconds;
}

static void keep(char *out, size_t size, struct view text)
{
	assert_true(text.len < size);
	if (text.len)
		memcpy(out, text.ptr, text.len);
	out[text.len] = 0;
}

// --- as the owner

static struct rig_ask *ask(struct rig *rig, struct site_request *request)
{
	assert_true(rig->ask_count < RIG_ASKS);
	struct rig_ask *asked = &rig->asks[rig->ask_count++];
	*asked = (struct rig_ask){.request = request};
	return asked;
}

static int password_hash(void *context, struct view password, struct site_request *request, void (*done)(struct site_request *request, struct view hash))
{
	struct rig *rig = context;
	if (rig->login_away)
		return XICA_EAGAIN;
	rig->hashes++;
	struct rig_ask *asked = ask(rig, request);
	asked->hashed = done;
	(void)snprintf(asked->text, sizeof(asked->text), "%s%.*s", rig->old_hashes ? "old:" : "hash:", VIEW_FMT(password));
	return 0;
}

static int password_check(void *context, struct view password, struct view hash, struct site_request *request,
			  void (*done)(struct site_request *request, enum site_login_result result))
{
	struct rig *rig = context;
	if (rig->login_away)
		return XICA_EAGAIN;
	rig->checks++;
	struct rig_ask *asked = ask(rig, request);
	asked->checked = done;
	keep(asked->text, sizeof(asked->text), password);
	keep(asked->other, sizeof(asked->other), hash);
	return 0;
}

static int passkey_register(void *context, const struct site_passkey *passkey, struct site_request *request,
			    void (*done)(struct site_request *request, struct view public_key, struct view credential))
{
	struct rig *rig = context;
	struct rig_ask *asked = ask(rig, request);
	assert_int_equal(passkey->nonce.len, 32);
	assert_view(passkey->origin, "https://ca.example");
	asked->registered = done;
	keep(asked->text, sizeof(asked->text), passkey->attestation);
	return 0;
}

static int passkey_check(void *context, const struct site_passkey *passkey, struct site_request *request,
			 void (*done)(struct site_request *request, enum site_login_result result, uint64_t counter))
{
	struct rig *rig = context;
	struct rig_ask *asked = ask(rig, request);
	assert_int_equal(passkey->nonce.len, 32);
	assert_view(passkey->public_key, "public");
	asked->asserted = done;
	asked->counter = passkey->counter;
	keep(asked->text, sizeof(asked->text), passkey->signature);
	return 0;
}

// A command that is "refuse" is refused; others are answered with {"done": true}.
static int command(void *context, json_t *question, struct view by, struct site_request *request,
		   void (*done)(struct site_request *request, json_t *answer))
{
	struct rig *rig = context;
	struct rig_ask *asked = ask(rig, request);
	char *text = json_dumps(question, JSON_COMPACT);
	asked->commanded = done;
	keep(rig->command, sizeof(rig->command), view_str(text));
	keep(rig->by, sizeof(rig->by), by);
	keep(asked->text, sizeof(asked->text), view_str(json_string_value(json_object_get(question, "command"))));
	free(text);
	return 0;
}

static void answer_command(const struct rig_ask *asked)
{
	json_t *answer = !strcmp(asked->text, "refuse") ? json_pack("{s:s}", "error", "there is no such thing") : json_pack("{s:b}", "done", 1);
	asked->commanded(asked->request, answer);
	json_decref(answer);
}

static int look(void *context, struct view domain, struct site_request *request, void (*done)(struct site_request *request, const json_t *seen))
{
	struct rig *rig = context;
	if (rig->validator_away)
		return XICA_EAGAIN;
	rig->looks++;
	keep(rig->looked_at, sizeof(rig->looked_at), domain);
	ask(rig, request)->looked = done;
	return 0;
}

static void answer_look(const struct rig *rig, const struct rig_ask *asked)
{
	json_t *seen = rig->seen ? jose_json_parse(view_str(rig->seen)) : NULL;
	asked->looked(asked->request, seen);
	json_decref(seen);
}

static void mail_waits(void *context)
{
	struct rig *rig = context;
	rig->mails++;
}

static enum site_login_result compare(const struct rig_ask *asked)
{
	const char *colon = strchr(asked->other, ':');
	if (!colon || strcmp(colon + 1, asked->text) != 0)
		return SITE_LOGIN_WRONG;
	return strncmp(asked->other, "old:", 4) == 0 ? SITE_LOGIN_RIGHT_BUT_OLD : SITE_LOGIN_RIGHT;
}

static void answer_one(struct rig *rig)
{
	struct rig_ask asked = rig->asks[0];
	memmove(rig->asks, rig->asks + 1, --rig->ask_count * sizeof(rig->asks[0]));
	if (asked.hashed)
		asked.hashed(asked.request, view_str(asked.text));
	else if (asked.checked)
		asked.checked(asked.request, compare(&asked));
	else if (asked.commanded)
		answer_command(&asked);
	else if (asked.looked)
		answer_look(rig, &asked);
	else if (asked.registered)
		asked.registered(asked.request, strcmp(asked.text, "bad") != 0 ? VIEW_LIT("public") : VIEW_NONE, view_str(asked.text));
	else
		asked.asserted(asked.request, strcmp(asked.text, "right") == 0 ? SITE_LOGIN_RIGHT : SITE_LOGIN_WRONG, asked.counter + 1);
}

// --- the answer

// "NAME=VALUE; Max-Age=N; …" as a browser keeps it.
static void keep_cookie(struct rig *rig, struct view cookie)
{
	char name[32], value[64];
	size_t equals = view_index(cookie, '=', 0), end = view_index(cookie, ';', 0);
	keep(name, sizeof(name), view_sub(cookie, 0, equals));
	keep(value, sizeof(value), view_sub(cookie, equals + 1, end - equals - 1));
	assert_non_null(strstr((const char *)cookie.ptr, "; Path=/; Secure; HttpOnly; SameSite=Strict"));
	assert_true(view_starts(cookie, VIEW_LIT("__Host-")));
	bool gone = view_starts(view_sub(cookie, end, SIZE_MAX), VIEW_LIT("; Max-Age=0;"));
	assert_int_equal(gone, value[0] == 0);
	rig_set_cookie(rig, name, value);
}

static void reply(void *context, struct site_request *request)
{
	struct rig *rig = context;
	assert_false(rig->answered);
	rig->answered = true;
	rig->status = request->status;
	rig->retry_after = request->retry_after;
	json_decref(rig->json);
	rig->json = jose_json_parse(buf_view(&request->text));
	assert_true(rig->json || strcmp(request->content_type, "application/json") != 0);
	keep(rig->word, sizeof(rig->word), view_str(rig_text(rig, "error")));
	keep(rig->field, sizeof(rig->field), view_str(rig_text(rig, "field")));
	keep(rig->file_name, sizeof(rig->file_name), view_str(request->file_name));
	rig->set_cookie_count = request->cookie_count;
	for (size_t i = 0; i < request->cookie_count; i++) {
		keep(rig->set_cookies[i], sizeof(rig->set_cookies[i]), buf_view(&request->cookies[i]));
		keep_cookie(rig, view_str(rig->set_cookies[i]));
		for (size_t j = 0; j < i; j++) // a name comes once
			assert_int_not_equal(strncmp(rig->set_cookies[i], rig->set_cookies[j], strcspn(rig->set_cookies[i], "=") + 1), 0);
	}
}

const char *rig_text(const struct rig *rig, const char *member)
{
	const char *text = json_string_value(json_object_get(rig->json, member));
	return text ? text : "";
}

int64_t rig_number(const struct rig *rig, const char *member)
{
	const json_t *value = json_object_get(rig->json, member);
	return json_is_true(value) ? 1 : json_integer_value(value);
}

// --- browsers

const char *rig_cookie(const struct rig *rig, const char *name)
{
	for (size_t i = 0; i < RIG_COOKIES; i++)
		if (strcmp(rig->browser.cookies[i].name, name) == 0)
			return rig->browser.cookies[i].value;
	return "";
}

void rig_set_cookie(struct rig *rig, const char *name, const char *value)
{
	size_t i = 0;
	while (i < RIG_COOKIES && rig->browser.cookies[i].name[0] && strcmp(rig->browser.cookies[i].name, name) != 0)
		i++;
	assert_true(i < RIG_COOKIES);
	keep(rig->browser.cookies[i].name, sizeof(rig->browser.cookies[i].name), view_str(name));
	keep(rig->browser.cookies[i].value, sizeof(rig->browser.cookies[i].value), view_str(value));
}

struct rig_browser rig_fresh_browser(const char *remote)
{
	return (struct rig_browser){.remote = remote, .agent = "Mozilla/5.0 (test)"};
}

static void add_cookies(const struct rig *rig, struct buf *header)
{
	for (size_t i = 0; i < RIG_COOKIES; i++)
		if (rig->browser.cookies[i].value[0])
			buf_addf(header, "%s%s=%s", header->len ? "; " : "", rig->browser.cookies[i].name, rig->browser.cookies[i].value);
}

// --- requests

void rig_begin(struct rig *rig, enum http_method method, const char *path, const char *body)
{
	cleanup_buf cookie = BUF_INIT;
	struct view whole = view_str(path);
	size_t mark = view_index(whole, '?', 0);
	add_cookies(rig, &cookie);
	const struct site_request_in in = {
		.method = method,
		.path = view_sub(whole, 0, mark),
		.query = mark == SIZE_MAX ? VIEW_NONE : view_sub(whole, mark + 1, SIZE_MAX),
		.body = view_str(body),
		.cookie = buf_view(&cookie),
		.agent = view_str(rig->browser.agent),
		.remote = view_str(rig->browser.remote),
		.request_id = VIEW_LIT("1"),
		.language = VIEW_LIT("en"),
	};
	rig->answered = false;
	assert_int_equal(site_handle(rig->site, &in, rig), 0);
}

void rig_run(struct rig *rig)
{
	for (int turns = 0; !rig->answered && turns < 20; turns++) {
		store_flush(rig->store);
		if (!rig->answered && rig->ask_count)
			answer_one(rig);
	}
	assert_true(rig->answered);
}

unsigned rig_get(struct rig *rig, const char *path_and_query)
{
	rig_begin(rig, HTTP_METHOD_GET, path_and_query, NULL);
	rig_run(rig);
	return rig->status;
}

unsigned rig_post(struct rig *rig, const char *path, const char *body)
{
	rig_begin(rig, HTTP_METHOD_POST, path, body);
	rig_run(rig);
	return rig->status;
}

unsigned rig_postf(struct rig *rig, const char *path, const char *format, ...)
{
	char *body = NULL;
	va_list arguments;
	va_start(arguments, format);
	assert_true(vasprintf(&body, format, arguments) >= 0);
	va_end(arguments);
	unsigned status = rig_post(rig, path, body);
	free(body);
	return status;
}

// --- the store, looked into

struct looking {
	struct arena *arena;
	const char *address, *what;
	struct store_person person;
	struct store_mail mail;
	size_t count;
	bool found;
};

static int look_for_mail(struct store_txn *txn, void *context)
{
	struct looking *looking = context;
	struct store_mail *list;
	int error = store_mail_list(txn, 0, 0, 1, looking->arena, &list, &looking->count);
	if (!error && looking->count)
		looking->mail = list[0];
	if (!error)
		error = store_mail_count(txn, STORE_MAIL_WAITING, &looking->count);
	return error;
}

static struct arena letter_arena; // what rig_letter… lends

static struct store_mail newest(struct rig *rig)
{
	struct looking looking = {.arena = &letter_arena};
	arena_free(&letter_arena);
	assert_int_equal(store_run(rig->store, look_for_mail, &looking), 0);
	return looking.mail;
}

const char *rig_letter(struct rig *rig)
{
	return arena_strdup(&letter_arena, newest(rig).letter);
}

const char *rig_letter_to(struct rig *rig)
{
	return arena_strdup(&letter_arena, newest(rig).to);
}

const char *rig_letter_language(struct rig *rig)
{
	return arena_strdup(&letter_arena, newest(rig).language);
}

const char *rig_letter_value(struct rig *rig, const char *name)
{
	json_t *values = jose_json_parse(newest(rig).values);
	const char *value = arena_strdup(&letter_arena, view_str(json_string_value(json_object_get(values, name))));
	json_decref(values);
	return value;
}

const char *rig_letter_token(struct rig *rig)
{
	const char *mark = strchr(rig_letter_value(rig, "link"), '#');
	assert_non_null(mark);
	return mark + 1;
}

size_t rig_letters(struct rig *rig)
{
	cleanup_arena arena = ARENA_INIT;
	struct looking looking = {.arena = &arena};
	assert_int_equal(store_run(rig->store, look_for_mail, &looking), 0);
	return looking.count;
}

static int look_for_person(struct store_txn *txn, void *context)
{
	struct looking *looking = context;
	return store_person_by_key(txn, view_str(looking->address), looking->arena, &looking->person);
}

struct store_person rig_person(struct rig *rig, const char *address, struct arena *arena)
{
	struct looking looking = {.arena = arena, .address = address};
	assert_int_equal(store_run(rig->store, look_for_person, &looking), 0);
	return looking.person;
}

static int look_for_event(struct store_txn *txn, void *context)
{
	struct looking *looking = context;
	struct store_event *list;
	size_t count;
	int error = store_event_list(txn, looking->person.id, 0, 50, looking->arena, &list, &count);
	for (size_t i = 0; !error && i < count; i++)
		looking->found |= view_equal_str(list[i].what, looking->what);
	return error;
}

bool rig_has_event(struct rig *rig, const char *address, const char *what)
{
	cleanup_arena arena = ARENA_INIT;
	struct looking looking = {.arena = &arena, .what = what};
	looking.person = rig_person(rig, address, &arena);
	assert_int_equal(store_run(rig->store, look_for_event, &looking), 0);
	return looking.found;
}

// --- ways that many tests go

void rig_join(struct rig *rig, const char *address)
{
	assert_int_equal(rig_postf(rig, "/api/sign-up", "{\"address\":\"%s\",\"password\":\"" RIG_PASSWORD "\"}", address), 200);
	assert_string_equal(rig_letter(rig), "confirm");
	assert_int_equal(rig_postf(rig, "/api/confirm", "{\"token\":\"%s\",\"password\":\"" RIG_PASSWORD "\"}", rig_letter_token(rig)), 200);
}

unsigned rig_log_in(struct rig *rig, const char *address, const char *password)
{
	return rig_postf(rig, "/api/log-in", "{\"address\":\"%s\",\"password\":\"%s\"}", address, password);
}

// --- beginning and end

void rig_start(struct rig *rig)
{
	cleanup_buf why = BUF_INIT;
	memset(rig, 0, sizeof(*rig));
	now = RIG_NOW;
	log_open("site", LOG_LEVEL_ERROR);
	memcpy(rig->folder, "/tmp/xica-site-XXXXXX", sizeof("/tmp/xica-site-XXXXXX"));
	assert_non_null(mkdtemp(rig->folder));
	(void)snprintf(rig->path, sizeof(rig->path), "%s/xica.db", rig->folder);
	assert_int_equal(store_open(&(struct store_options){.path = rig->path}, &rig->store, &why), 0);
	rig->config.url = "https://ca.example";
	rig->config.http_url = "http://ca.example";
	rig->config.mail = rig->config.sign_up = rig->config.lenient_names = true;
	rig->browser = rig_fresh_browser("192.0.2.1");
	const struct site_owner owner = {.context = rig, .password_hash = password_hash, .password_check = password_check, .passkey_register = passkey_register,
					 .passkey_check = passkey_check, .mail_waits = mail_waits, .look = look, .command = command};
	assert_int_equal(site_new(&rig->config, &rig->ca, rig->store, &owner, reply, &rig->site), 0);
	rig->site->clock = rig_now;
}

static int unlink_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

void rig_stop(struct rig *rig)
{
	assert_int_equal(rig->site->under_way, 0);
	site_free(rig->site);
	store_close(rig->store);
	json_decref(rig->json);
	arena_free(&letter_arena);
	(void)nftw(rig->folder, unlink_one, 8, FTW_DEPTH | FTW_PHYS);
}

void rig_run_test(void **state)
{
	static struct rig rig;
	void (*test)(struct rig *) = (void (*)(struct rig *))*state;
	assert_int_equal(crypto_init(), 0);
	assert_int_equal(jose_init(), 0);
	rig_start(&rig);
	test(&rig);
	rig_stop(&rig);
}
