// When a certificate is due, and by what name the CA is asked about it.
#include "check.h"
#include "client/renewal.h"

static struct client_chain chain_of(struct view der, xica_time from, xica_time until)
{
	struct client_chain chain = {.count = 1};
	chain.list[0].der = der;
	chain.list[0].not_before = from;
	chain.list[0].not_after = until;
	return chain;
}

static bool is_due(const struct client_chain *chain, xica_time now)
{
	const struct client_renewal renewal = client_renewal_by_lifetime(chain);
	return client_renewal_due(&renewal, chain, now);
}

static void a_certificate_is_due_when_a_third_of_its_lifetime_is_left_or_a_little_before(void **state)
{
	static const xica_time LIFETIMES[] = {90 * XICA_DAY, 47 * XICA_DAY, 11 * XICA_DAY};
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		xica_time lifetime = LIFETIMES[i];
		struct client_chain chain = chain_of(VIEW_LIT("a"), 1000, 1000 + lifetime);
		assert_false(is_due(&chain, 1000 + lifetime / 2));
		assert_true(is_due(&chain, 1000 + lifetime - lifetime / 3));
		assert_true(is_due(&chain, 1000 + 2 * lifetime));
	}
}

static void a_short_lived_one_when_half_of_it_is_left(void **state)
{
	static const xica_time LIFETIMES[] = {10 * XICA_DAY, 6 * XICA_DAY, 3600, 60};
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		xica_time lifetime = LIFETIMES[i];
		struct client_chain chain = chain_of(VIEW_LIT("a"), 1000, 1000 + lifetime);
		assert_false(is_due(&chain, 1000 + lifetime / 3));
		assert_true(is_due(&chain, 1000 + lifetime - lifetime / 2));
	}
}

static void not_all_certificates_are_due_at_the_same_moment(void **state)
{
	unsigned due = 0;
	(void)state;
	for (uint8_t i = 0; i < 100; i++) {
		struct client_chain chain = chain_of(view_bytes(&i, 1), 0, 90 * XICA_DAY);
		bool is = is_due(&chain, 58 * XICA_DAY);
		assert_int_equal(is, is_due(&chain, 58 * XICA_DAY));
		due += is;
	}
	assert_in_range(due, 10, 90);
}

// RFC 9773 §4.2: who looks twice a day renews at the last look before the moment.
static void what_the_ca_says_is_due_at_the_last_look_before_its_moment(void **state)
{
	struct client_chain chain = chain_of(VIEW_LIT("a"), 0, 90 * XICA_DAY);
	const struct client_renewal renewal = {.at = 40 * XICA_DAY, .ask_again = 1};
	(void)state;
	assert_false(client_renewal_due(&renewal, &chain, 39 * XICA_DAY));
	assert_true(client_renewal_due(&renewal, &chain, 40 * XICA_DAY - XICA_DAY / 2));
	chain.list[0].not_after = XICA_DAY; // of a lifetime of hours not whole days are given away
	const struct client_renewal soon = {.at = XICA_DAY / 2, .ask_again = 1};
	assert_false(client_renewal_due(&soon, &chain, XICA_DAY / 3));
	assert_true(client_renewal_due(&soon, &chain, XICA_DAY / 2));
}

// RFC 9773 §4.1, its own example.
static void the_identifier_is_that_of_the_rfc(void **state)
{
	static const uint8_t KEY_ID[] = {0x69, 0x88, 0x5B, 0x6B, 0x87, 0x46, 0x40, 0x41, 0xE1, 0xB3, 0x7B, 0x84, 0x7B, 0xA0, 0xAE, 0x2C, 0xDE, 0x01, 0xC8, 0xD4};
	static const uint8_t SERIAL[] = {0x00, 0x87, 0x65, 0x43, 0x21};
	struct client_chain chain = {.count = 1};
	cleanup_buf id = BUF_INIT;
	(void)state;
	chain.list[0].authority_key_id = view_bytes(KEY_ID, sizeof(KEY_ID));
	chain.list[0].serial = view_bytes(SERIAL, sizeof(SERIAL));
	assert_int_equal(client_renewal_id(&chain, &id), 0);
	assert_view(buf_view(&id), "aYhba4dGQEHhs3uEe6CuLN4ByNQ.AIdlQyE");
	chain.list[0].authority_key_id = VIEW_NONE;
	assert_int_equal(client_renewal_id(&chain, &id), XICA_ENOTFOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_is_due_when_a_third_of_its_lifetime_is_left_or_a_little_before),
		cmocka_unit_test(a_short_lived_one_when_half_of_it_is_left),
		cmocka_unit_test(what_the_ca_says_is_due_at_the_last_look_before_its_moment),
		cmocka_unit_test(not_all_certificates_are_due_at_the_same_moment),
		cmocka_unit_test(the_identifier_is_that_of_the_rfc),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
