#include "acme/nonce.h"
#include "check.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>


enum { PROCESSES = 8, SHARED_NONCES = 400 };

struct fixture {
	struct acme_nonce_window *window; // shared with children
	struct crypto_block *key;
};

static int open_window(void **state)
{
	static const uint8_t KEY[32] = "a key for tests of thirty-two b";
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	if (!fixture || crypto_block_new(KEY, &fixture->key))
		return -1;
	fixture->window = mmap(NULL, sizeof(*fixture->window), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	*state = fixture;
	return fixture->window == MAP_FAILED ? -1 : 0;
}

static int close_window(void **state)
{
	struct fixture *fixture = *state;
	(void)munmap(fixture->window, sizeof(*fixture->window));
	crypto_block_free(fixture->key);
	free(fixture);
	return 0;
}

typedef char nonce_text[ACME_NONCE_LEN + 1];

static void issue(struct fixture *fixture, nonce_text text)
{
	assert_int_equal(acme_nonce_issue(fixture->window, fixture->key, text), 0);
}

static int redeem(struct fixture *fixture, const char *text)
{
	return acme_nonce_redeem(fixture->window, fixture->key, view_str(text));
}

// The nonce of any counter, issued or not.
static void seal(struct fixture *fixture, uint64_t counter, nonce_text text)
{
	uint64_t head = atomic_exchange(&fixture->window->head, counter);
	issue(fixture, text);
	atomic_store(&fixture->window->head, head);
}

static void a_nonce_is_good_once(void **state)
{
	struct fixture *fixture = *state;
	nonce_text first, second;
	issue(fixture, first);
	issue(fixture, second);
	assert_int_equal(redeem(fixture, second), 0);
	assert_int_equal(redeem(fixture, first), 0);
	assert_int_equal(redeem(fixture, first), XICA_EEXIST);
	assert_int_equal(redeem(fixture, second), XICA_EEXIST);
}

static void what_was_never_issued_is_refused(void **state)
{
	struct fixture *fixture = *state;
	nonce_text text;
	seal(fixture, 0, text);
	assert_int_equal(redeem(fixture, text), XICA_ENOTFOUND);
	seal(fixture, 1000, text);
	assert_int_equal(redeem(fixture, text), XICA_ENOTFOUND);
	seal(fixture, UINT64_MAX, text);
	assert_int_equal(redeem(fixture, text), XICA_ENOTFOUND);
}

static void what_another_key_sealed_is_refused(void **state)
{
	static const uint8_t OTHER[32] = "another key for tests, 32 bytes";
	struct fixture *fixture = *state;
	struct crypto_block *other;
	nonce_text text;
	assert_int_equal(crypto_block_new(OTHER, &other), 0);
	assert_int_equal(acme_nonce_issue(fixture->window, other, text), 0);
	assert_int_equal(redeem(fixture, text), XICA_ESIG);
	crypto_block_free(other);
}

static void what_was_changed_is_refused(void **state)
{
	struct fixture *fixture = *state;
	nonce_text text;
	issue(fixture, text);
	text[3] = text[3] == 'A' ? 'B' : 'A';
	assert_int_equal(redeem(fixture, text), XICA_ESIG);
}

static void what_is_no_nonce_is_refused(void **state)
{
	static const char *const BAD[] = {"", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA=", "AAAAAAAAAAAAAAAAAAAAA/", "AAAAAAAAAAAAAAAAAAAAAB",
		"AAAAAAAAAA AAAAAAAAAAA"};
	struct fixture *fixture = *state;
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
		assert_int_equal(redeem(fixture, BAD[i]), XICA_EPARSE);
}

static void a_nonce_lasts_exactly_one_window(void **state)
{
	struct fixture *fixture = *state;
	nonce_text oldest, too_old;
	seal(fixture, 7, too_old);
	seal(fixture, 8, oldest);
	atomic_store(&fixture->window->head, ACME_NONCE_WINDOW + 8);
	assert_int_equal(redeem(fixture, too_old), XICA_EEXPIRED);
	assert_int_equal(redeem(fixture, oldest), 0);
	assert_int_equal(redeem(fixture, oldest), XICA_EEXIST);
}

static void round_the_window_each_is_good_once_again(void **state)
{
	struct fixture *fixture = *state;
	for (uint64_t lap = 0; lap < 5; lap++) {
		for (uint64_t counter = 0; counter < 64; counter++) {
			nonce_text text;
			seal(fixture, lap * ACME_NONCE_WINDOW + counter, text);
			atomic_store(&fixture->window->head, lap * ACME_NONCE_WINDOW + counter + 1);
			assert_int_equal(redeem(fixture, text), 0);
			assert_int_equal(redeem(fixture, text), XICA_EEXIST);
		}
	}
}

// A redeemer that looked at the head, slept for a window, and then comes to mark its bit: simulated by a word that is a lap ahead already.
static void a_redeemer_that_slept_for_a_window_undoes_nothing(void **state)
{
	struct fixture *fixture = *state;
	nonce_text old, fresh;
	seal(fixture, 3, old);
	seal(fixture, ACME_NONCE_WINDOW + 3, fresh);
	atomic_store(&fixture->window->head, ACME_NONCE_WINDOW + 4);
	assert_int_equal(redeem(fixture, fresh), 0);
	atomic_store(&fixture->window->head, 4); // the head as the sleeper saw it
	assert_int_equal(redeem(fixture, old), XICA_EEXPIRED);
	atomic_store(&fixture->window->head, ACME_NONCE_WINDOW + 4);
	assert_int_equal(redeem(fixture, fresh), XICA_EEXIST);
}

static void wait_for(const pid_t *children, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int status;
		assert_int_equal(waitpid(children[i], &status, 0), children[i]);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

static void of_eight_processes_exactly_one_redeems_a_nonce(void **state)
{
	struct fixture *fixture = *state;
	static nonce_text nonces[SHARED_NONCES];
	_Atomic unsigned *redeemed = mmap(NULL, SHARED_NONCES * sizeof(*redeemed), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	_Atomic unsigned *ready = mmap(NULL, sizeof(*ready), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t children[PROCESSES];
	assert_true(redeemed != MAP_FAILED && ready != MAP_FAILED);
	for (size_t i = 0; i < SHARED_NONCES; i++)
		issue(fixture, nonces[i]);
	for (size_t n = 0; n < PROCESSES; n++) {
		children[n] = fork();
		if (children[n])
			continue;
		(void)atomic_fetch_add(ready, 1);
		while (atomic_load(ready) < PROCESSES)
			(void)usleep(100);
		for (size_t i = 0; i < SHARED_NONCES; i++)
			if (!redeem(fixture, nonces[i]))
				(void)atomic_fetch_add(&redeemed[i], 1);
		_exit(0);
	}
	wait_for(children, PROCESSES);
	for (size_t i = 0; i < SHARED_NONCES; i++)
		assert_int_equal(redeemed[i], 1);
	(void)munmap(redeemed, SHARED_NONCES * sizeof(*redeemed));
	(void)munmap(ready, sizeof(*ready));
}

static void processes_that_issue_and_redeem_at_once_refuse_no_good_nonce(void **state)
{
	struct fixture *fixture = *state;
	pid_t children[PROCESSES];
	atomic_store(&fixture->window->head, ACME_NONCE_WINDOW - 4000); // so that they go round
	for (size_t n = 0; n < PROCESSES; n++) {
		children[n] = fork();
		if (children[n])
			continue;
		bool good = true;
		for (size_t i = 0; i < 2000; i++) {
			nonce_text text;
			good &= !acme_nonce_issue(fixture->window, fixture->key, text) && !redeem(fixture, text) &&
				redeem(fixture, text) == XICA_EEXIST;
		}
		_exit(good ? 0 : 1);
	}
	wait_for(children, PROCESSES);
	assert_int_equal(fixture->window->head, ACME_NONCE_WINDOW - 4000 + PROCESSES * 2000);
}

static void a_process_that_dies_takes_nothing_with_it(void **state)
{
	struct fixture *fixture = *state;
	nonce_text nonce;
	issue(fixture, nonce);
	pid_t child = fork();
	if (!child) {
		nonce_text own;
		issue(fixture, own);
		(void)kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_int_equal(redeem(fixture, nonce), 0);
	issue(fixture, nonce);
	assert_int_equal(redeem(fixture, nonce), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_nonce_is_good_once, open_window, close_window),
		cmocka_unit_test_setup_teardown(what_was_never_issued_is_refused, open_window, close_window),
		cmocka_unit_test_setup_teardown(what_another_key_sealed_is_refused, open_window, close_window),
		cmocka_unit_test_setup_teardown(what_was_changed_is_refused, open_window, close_window),
		cmocka_unit_test_setup_teardown(what_is_no_nonce_is_refused, open_window, close_window),
		cmocka_unit_test_setup_teardown(a_nonce_lasts_exactly_one_window, open_window, close_window),
		cmocka_unit_test_setup_teardown(round_the_window_each_is_good_once_again, open_window, close_window),
		cmocka_unit_test_setup_teardown(a_redeemer_that_slept_for_a_window_undoes_nothing, open_window, close_window),
		cmocka_unit_test_setup_teardown(of_eight_processes_exactly_one_redeems_a_nonce, open_window, close_window),
		cmocka_unit_test_setup_teardown(processes_that_issue_and_redeem_at_once_refuse_no_good_nonce, open_window, close_window),
		cmocka_unit_test_setup_teardown(a_process_that_dies_takes_nothing_with_it, open_window, close_window),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
