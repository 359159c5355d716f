#include "role/registrar/email.h"

#include <stdlib.h>

#include "base/log.h"
#include "crypto/digest.h"
#include "site/site_try.h"
#include "store/attempt.h"
#include "store/code_letter.h"
#include "store/person.h"
#include "validate/codes.h"

bool registrar_is_email(struct view challenge_type)
{
	return view_equal_str(challenge_type, EMAIL01_NAME);
}

int registrar_email_show(struct store_txn *txn, struct request *request, const struct pki_identifier *identifier,
			 const struct store_challenge *row, struct acme_challenge_view *view)
{
	struct store_code_letter letter;
	const char **addresses = arena_array(&request->arena, EMAIL01_ADDRESSES, sizeof(*addresses));
	for (size_t i = 0; addresses && i < EMAIL01_ADDRESSES; i++)
		if (!(addresses[i] = email01_address(identifier, i, &request->arena)))
			return XICA_ENOMEM;
	if (!addresses)
		return XICA_ENOMEM;
	view->addresses = addresses;
	view->address_count = EMAIL01_ADDRESSES;
	int error = store_code_letter_get(txn, row->authz, &request->arena, &letter);
	if (error)
		return error == XICA_ENOTFOUND ? XICA_OK : error;
	bool open = row->status == STORE_CHALLENGE_PENDING || row->status == STORE_CHALLENGE_PROCESSING;
	if (!open || letter.expires <= request->now)
		return XICA_OK;
	view->sent_to = arena_strdup(&request->arena, letter.address);
	view->sent_expires = letter.expires;
	view->tries_left = letter.tries_left;
	return view->sent_to ? XICA_OK : XICA_ENOMEM;
}

// --- a wish for a letter

static bool is_offered(const struct pki_identifier *identifier, struct view address, struct arena *arena)
{
	for (size_t i = 0; i < EMAIL01_ADDRESSES; i++)
		if (view_equal_nocase(address, view_str(email01_address(identifier, i, arena))))
			return true;
	return false;
}

static int check_pace(struct request *request, const struct store_code_letter *letter)
{
	xica_time wait = letter->asked + EMAIL_LETTER_PAUSE - request->now;
	if (letter->count >= EMAIL_LETTERS_MAX)
		return request_refuse(request, ACME_RATE_LIMITED, "three letters were sent for this authorization, and no more can be: take another way to "
				      "prove it, or deactivate it and begin again");
	if (!letter->asked || wait <= 0)
		return XICA_OK;
	(void)request_refuse(request, ACME_RATE_LIMITED, "the last letter was asked for less than a minute ago: wait for it, or ask again in a minute");
	request->problem.retry_after = (unsigned)wait;
	return XICA_EDENIED;
}

// Whoever may open accounts and orders could else have a letter sent to anybody's domain, as many as there are domains.
static int count_letter(struct store_txn *txn, struct request *request, const uint8_t key[STORE_HASH_LEN], unsigned free)
{
	const struct store_attempt_policy policy = {.free = free, .wait = XICA_MINUTE, .most = XICA_HOUR, .forget = XICA_DAY};
	xica_time wait = 0;
	int error = store_attempt_wait(txn, key, request->now, &wait);
	if (error || !wait)
		return error ? error : store_attempt_failed(txn, key, request->now, &policy);
	(void)request_refuse(request, ACME_RATE_LIMITED, "too many letters were asked for by this account or from this address: wait, or take another way to prove it");
	request->problem.retry_after = (unsigned)wait;
	return XICA_EDENIED;
}

static int check_amount(struct store_txn *txn, struct request *request)
{
	uint8_t account[STORE_HASH_LEN], remote[STORE_HASH_LEN];
	const char *text = arena_printf(&request->arena, "code-letter of %lld", (long long)request->account.id);
	int error = text ? crypto_sha256(view_str(text), account) : XICA_ENOMEM;
	if (!error)
		error = site_try_remote(request->remote, "code-letter", remote);
	if (!error)
		error = count_letter(txn, request, account, EMAIL_ACCOUNT_LETTERS);
	return error ? error : count_letter(txn, request, remote, EMAIL_REMOTE_LETTERS);
}

static struct view lower_case(struct arena *arena, struct view text)
{
	char *copy = arena_strdup(arena, text);
	for (char *c = copy; c && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return view_str(copy);
}

// Of the letter: what was asked for, else that of the person whose account it is.
static int choose_language(struct store_txn *txn, struct request *request, const char *asked, const char **ret_language)
{
	struct store_person person;
	int error = asked || !request->account.person ? XICA_ENOTFOUND
						      : store_person_get(txn, request->account.person, &request->arena, &person);
	if (error && error != XICA_ENOTFOUND)
		return error;
	*ret_language = asked ? asked : error ? "en" : arena_strdup(&request->arena, person.language);
	return *ret_language ? XICA_OK : XICA_ENOMEM;
}

static int ask_for_letter(struct store_txn *txn, struct request *request, const struct store_authz *authz, const struct store_challenge *challenge,
			  const struct acme_email_answer *answer)
{
	struct store_code_letter letter = {0};
	struct email_wish *wish = arena_alloc(&request->arena, sizeof(*wish));
	if (!wish)
		return XICA_ENOMEM;
	if (!is_offered(&authz->identifier, answer->address, &request->arena))
		return request_refuse(request, ACME_MALFORMED, "a letter can go to the addresses that the challenge lists, and nowhere else");
	*wish = (struct email_wish){.authz = authz->id, .identifier = authz->identifier, .token = challenge->token, .asked = request->now,
				    .address = lower_case(&request->arena, answer->address)};
	int error = choose_language(txn, request, answer->language, &wish->language);
	if (error)
		return error;
	error = store_code_letter_get(txn, authz->id, &request->arena, &letter);
	if ((error && error != XICA_ENOTFOUND) || (error = check_pace(request, &letter)) || (error = check_amount(txn, request)) ||
	    (error = store_code_letter_ask(txn, authz->id, letter.count, wish->address, wish->asked)))
		return error;
	request->state = wish;
	request->then = registrar_letter_send;
	return XICA_OK;
}

// --- a code

static void check_code(struct request *request)
{
	const struct view *code = request->state;
	if (registrar_proof_of_code(request->registrar, request->target, *code, request->request_id, NULL, NULL))
		log_error("authz=%lld out of memory: a code waits to be typed again", (long long)request->target);
	request_reply(request);
}

// XICA_EDENIED: *ret_why says to the applicant why it need not even be tried.
static int take_code(struct store_txn *txn, int64_t authz, struct view typed, struct arena *arena, const char **ret_why)
{
	struct store_code_letter letter;
	char code[CODE_LEN];
	int error = store_code_letter_get(txn, authz, arena, &letter);
	if (error == XICA_ENOTFOUND || (!error && !letter.count))
		*ret_why = "no letter was sent yet: ask for one first";
	else if (!error && code_normalise(typed, code))
		*ret_why = "this is no code: it has 8 letters and digits, as in ABCD-EFGH";
	else
		return error ? error : store_challenge_process(txn, authz, VIEW_LIT(EMAIL01_NAME));
	return XICA_EDENIED;
}

static int bring_code(struct store_txn *txn, struct request *request, struct store_challenge *challenge, const struct acme_email_answer *answer)
{
	const char *why = NULL;
	struct view *code = arena_alloc(&request->arena, sizeof(*code));
	if (!code)
		return XICA_ENOMEM;
	int error = take_code(txn, challenge->authz, answer->code, &request->arena, &why);
	if (error)
		return why ? request_refuse(request, ACME_MALFORMED, why) : error;
	challenge->status = STORE_CHALLENGE_PROCESSING;
	*code = answer->code;
	request->state = code;
	request->target = challenge->authz;
	request->then = check_code;
	return XICA_OK;
}

int registrar_email_answer(struct store_txn *txn, struct request *request, const struct store_authz *authz, struct store_challenge *challenge)
{
	struct acme_email_answer answer;
	if (!request->registrar->config->mail_code_challenge)
		return request_refuse(request, ACME_MALFORMED, "codes by mail are not offered any more: take another challenge");
	int error = acme_parse_email_answer(request->payload, &request->arena, &answer, &request->problem);
	if (error)
		return error == XICA_EPARSE ? XICA_EDENIED : error;
	return answer.code.len ? bring_code(txn, request, challenge, &answer) : ask_for_letter(txn, request, authz, challenge, &answer);
}

int registrar_email_failed(struct store_txn *txn, int64_t authz, unsigned tries_left, struct view error_json)
{
	int error = store_challenge_fail(txn, authz, VIEW_LIT(EMAIL01_NAME), STORE_CHALLENGE_PENDING, error_json);
	if (!error && (error = store_code_letter_tried(txn, authz, tries_left)) == XICA_ECONFLICT)
		error = XICA_OK; // nothing is known of a letter
	return error;
}

int registrar_email_interrupted(struct store_txn *txn, int64_t authz)
{
	static const struct acme_problem PROBLEM = {.type = ACME_SERVER_INTERNAL, .detail = "the code could not be checked: send it again"};
	cleanup_buf text = BUF_INIT;
	int error = acme_problem_write(&PROBLEM, &text);
	return error ? error : store_challenge_fail(txn, authz, VIEW_LIT(EMAIL01_NAME), STORE_CHALLENGE_PENDING, buf_view(&text));
}

// --- the page behind the letter's link

struct confirmation {
	struct registrar *registrar;
	struct arena arena;
	int64_t authz;
	struct view token, code;
	const char *why;   // not to be tried
	bool proven;       // already
	registrar_code_done *done;
	void *context;
};

static void confirmation_free(struct confirmation *confirmation)
{
	arena_free(&confirmation->arena);
	free(confirmation);
}

// "ID-TOKEN"
static int read_link(struct confirmation *confirmation, struct view authz, struct view code)
{
	size_t dash = view_index(authz, '-', 0);
	if (dash == SIZE_MAX || acme_url_parse_id(view_sub(authz, 0, dash), &confirmation->authz))
		return XICA_EPARSE;
	confirmation->token = arena_copy(&confirmation->arena, view_sub(authz, dash + 1, SIZE_MAX));
	confirmation->code = arena_copy(&confirmation->arena, code);
	return confirmation->token.ptr && confirmation->code.ptr ? XICA_OK : XICA_ENOMEM;
}

static int judge_state(struct confirmation *confirmation, const struct store_authz *authz, const struct store_challenge *challenge)
{
	confirmation->proven = challenge->status == STORE_CHALLENGE_VALID;
	if (confirmation->proven)
		return XICA_EDENIED;
	if (challenge->status == STORE_CHALLENGE_PROCESSING)
		confirmation->why = "a code is being checked just now: try again in a moment";
	else if (challenge->status == STORE_CHALLENGE_INVALID || authz->status != STORE_AUTHZ_PENDING || authz->expires <= clock_now())
		confirmation->why = "there is nothing to confirm any more";
	return confirmation->why ? XICA_EDENIED : XICA_OK;
}

static int begin_confirmation(struct store_txn *txn, void *context)
{
	struct confirmation *confirmation = context;
	struct store_authz authz;
	struct store_challenge challenge;
	int error = store_authz_by_id(txn, confirmation->authz, &confirmation->arena, &authz);
	if (!error)
		error = store_challenge_get(txn, confirmation->authz, VIEW_LIT(EMAIL01_NAME), &confirmation->arena, &challenge);
	if (error == XICA_ENOTFOUND || (!error && !crypto_equal(challenge.token, confirmation->token))) {
		confirmation->why = "there is nothing to confirm by this link";
		return XICA_EDENIED;
	}
	if (!error)
		error = judge_state(confirmation, &authz, &challenge);
	return error ? error : take_code(txn, confirmation->authz, confirmation->code, &confirmation->arena, &confirmation->why);
}

static void confirmation_begun(int error, void *context)
{
	struct confirmation *confirmation = context;
	if (!error)
		registrar_ahead_drop(confirmation->registrar); // no request of the account's client says that it is in processing
	if (!error)
		error = registrar_proof_of_code(confirmation->registrar, confirmation->authz, confirmation->code, VIEW_NONE, confirmation->done, confirmation->context);
	if (confirmation->proven)
		confirmation->done(confirmation->context, NULL);
	else if (error)
		confirmation->done(confirmation->context, confirmation->why ? confirmation->why : "the code could not be checked: try again in a minute");
	confirmation_free(confirmation);
}

int registrar_confirm_code(struct registrar *registrar, struct view authz, struct view code, registrar_code_done *done, void *context)
{
	struct confirmation *confirmation = registrar->config->mail_code_challenge ? calloc(1, sizeof(*confirmation)) : NULL;
	if (!confirmation)
		return XICA_EAGAIN;
	*confirmation = (struct confirmation){.registrar = registrar, .done = done, .context = context};
	int error = read_link(confirmation, authz, code);
	if (error == XICA_EPARSE)
		confirmation->authz = 0; // no authorization has it: the answer comes as for any other link that leads nowhere
	if (error != XICA_ENOMEM)
		error = store_submit(registrar->store, begin_confirmation, confirmation_begun, confirmation);
	if (error)
		confirmation_free(confirmation);
	return error ? XICA_EAGAIN : XICA_OK;
}
