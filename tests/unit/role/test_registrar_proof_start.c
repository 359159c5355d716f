// The beginning of a proof, where memory for its timer is missing: who asks is told at once, and what it asked about may be gone by then.
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "check.h"
#include "ipc/channel.h"
#include "role/registrar/proof.h"

static bool fails; // libevent's next allocation

static void *failing_malloc(size_t size)
{
	return fails ? NULL : malloc(size);
}

// What a request holds.
struct asked {
	char name[16];
	struct store_authz authz;
	struct store_challenge challenge;
	struct store_account account;
};

static struct fixture {
	struct event_base *base;
	struct role role;
	struct config config;
	struct registrar registrar;
	struct asked *asked;
	unsigned told;
	int validator; // its end
} fixture;

static void told(void *context, bool recorded)
{
	struct fixture *f = context;
	assert_false(recorded);
	fails = false;
	f->told++;
	memset(f->asked, 0xa5, sizeof(*f->asked)); // as freed memory may be
	free(f->asked);
	f->asked = NULL;
}

static void gone(struct ipc_channel *channel, int error, void *context)
{
	(void)channel, (void)error, (void)context;
}

static int set_up(void **state)
{
	static const struct ipc_permit NOTHING[] = {{0, NULL}};
	static char url[] = "https://ca.example";
	int pair[2];
	struct fixture *f = &fixture;
	(void)state;
	*f = (struct fixture){.base = event_base_new(), .asked = calloc(1, sizeof(*f->asked))};
	f->role.base = f->base;
	f->config.url = url;
	f->registrar.role = &f->role;
	f->registrar.config = &f->config;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	assert_int_equal(ipc_channel_new(f->base, pair[0], NOTHING, gone, NULL, &f->registrar.validator), 0);
	f->validator = pair[1];
	memcpy(f->asked->name, "one.example", sizeof("one.example"));
	f->asked->authz = (struct store_authz){.id = 7, .identifier = {PKI_IDENTIFIER_DNS, view_str(f->asked->name), false}};
	f->asked->challenge = (struct store_challenge){.authz = 7, .type = VIEW_LIT("http-01"), .token = VIEW_LIT("token"), .status = STORE_CHALLENGE_PENDING};
	f->asked->account = (struct store_account){.id = 3};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	registrar_proofs_free(&fixture.registrar);
	ipc_channel_free(fixture.registrar.validator);
	(void)close(fixture.validator);
	event_base_free(fixture.base);
	free(fixture.asked);
	return 0;
}

static void start(struct fixture *f)
{
	const struct registrar_proof_subject subject = {&f->asked->authz, &f->asked->challenge, &f->asked->account};
	const struct registrar_proof_asker asker = {NULL, told, f};
	registrar_proof_start(&f->registrar, &subject, VIEW_NONE, &asker);
}

// The validator is asked about what the subject was.
static void assert_asked(struct fixture *f)
{
	uint8_t packet[4096];
	cleanup_arena arena = ARENA_INIT;
	struct ipc_message message;
	ipc_channel_drain(f->registrar.validator, 1000);
	ssize_t len = recv(f->validator, packet, sizeof(packet), MSG_DONTWAIT);
	assert_true(len > 1);
	assert_int_equal(ipc_message_parse(view_bytes(packet + 1, (size_t)len - 1), &arena, &message), 0);
	assert_int_equal(message.type, IPC_VALIDATE);
	assert_view(ipc_message_bytes(&message, IPC_IDENTIFIER), "one.example");
	assert_view(ipc_message_bytes(&message, IPC_TOKEN), "token");
	assert_view(ipc_message_bytes(&message, IPC_ACCOUNT_URL), "https://ca.example/acme/account/3");
	assert_true(recv(f->validator, packet, sizeof(packet), MSG_DONTWAIT) < 0);
}

static void an_asker_that_is_told_at_once_may_be_gone_before_the_validator_is_asked(void **state)
{
	(void)state;
	fails = true;
	start(&fixture);
	assert_int_equal(fixture.told, 1);
	assert_asked(&fixture);
	assert_int_equal(registrar_proofs_count(&fixture.registrar), 1);
}

static void an_asker_whose_timer_is_set_waits(void **state)
{
	(void)state;
	start(&fixture);
	assert_int_equal(fixture.told, 0);
	assert_asked(&fixture);
}

int main(void)
{
	event_set_mem_functions(failing_malloc, realloc, free);
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(an_asker_that_is_told_at_once_may_be_gone_before_the_validator_is_asked),
		T(an_asker_whose_timer_is_set_waits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
