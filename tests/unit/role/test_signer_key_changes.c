// Receipts of a key that the account had before: only a chain of keyChange requests, each signed by both keys, carries them to the key of now (RFC 8555 §7.3.5).
#include "signer_fixture.h"

struct change {
	const struct crypto_key *outer, *inner, *old; // who signs the outer, who the inner, and which key the inner calls old
	const char *account, *url;
};

static void add_key_change(struct applicant *a, const struct change *change)
{
	cleanup_buf payload = BUF_INIT, inner = BUF_INIT;
	buf_addf(&payload, "{\"account\":\"%s\",\"oldKey\":", change->account);
	assert_int_equal(jwk_write(change->old, &payload), 0);
	buf_add_str(&payload, "}");
	assert_int_equal(jws_sign(change->inner, VIEW_NONE, VIEW_NONE, view_str(change->url), buf_view(&payload), &inner), 0);
	assert_int_equal(jws_sign(change->outer, view_str(FIXTURE_KID), VIEW_LIT("nonce"), VIEW_LIT("https://localhost:14000/acme/key-change"),
				  buf_view(&inner), &a->key_changes[a->key_change_count++]), 0);
}

// The applicant proved with first, then moved to second, and is at third now.
struct moved {
	struct applicant a;
	struct crypto_key *first, *second;
};

static struct moved make_moved(void)
{
	struct moved m = {.a = fixture_applicant()};
	m.first = crypto_key_ref(m.a.account);
	m.second = fixture_key(CRYPTO_KEY_P384);
	fixture_prove(&m.a, "example.org");
	crypto_key_free(m.a.account);
	m.a.account = fixture_key(CRYPTO_KEY_ED25519);
	fixture_jwk(&m.a);
	fixture_finalize(&m.a, buf_view(&m.a.csr), m.a.account);
	return m;
}

static struct change good_change(const struct crypto_key *older, const struct crypto_key *newer)
{
	return (struct change){older, newer, older, FIXTURE_KID, "https://localhost:14000/acme/key-change"};
}

static void expect_moved(struct moved *m, enum pki_refusal reason)
{
	fixture_expect(&m->a, reason);
	crypto_key_free(m->first);
	crypto_key_free(m->second);
}

static void a_chain_of_key_changes_carries_older_receipts(void **state)
{
	(void)state;
	struct moved m = make_moved();
	struct change newest = good_change(m.second, m.a.account), older = good_change(m.first, m.second);
	add_key_change(&m.a, &newest);
	add_key_change(&m.a, &older);
	expect_moved(&m, PKI_REFUSAL_NONE);
}

static void without_the_key_change_the_older_receipts_are_anothers(void **state)
{
	(void)state;
	struct moved m = make_moved();
	expect_moved(&m, PKI_REFUSAL_RECEIPT_ACCOUNT);
	m = make_moved();
	struct change newest = good_change(m.second, m.a.account);
	add_key_change(&m.a, &newest);
	expect_moved(&m, PKI_REFUSAL_RECEIPT_ACCOUNT);
}

static void key_changes_in_the_wrong_order_or_with_a_gap_are_refused(void **state)
{
	(void)state;
	struct moved m = make_moved();
	struct change newest = good_change(m.second, m.a.account), older = good_change(m.first, m.second);
	add_key_change(&m.a, &older);
	add_key_change(&m.a, &newest);
	expect_moved(&m, PKI_REFUSAL_KEY_CHANGE);
	m = make_moved();
	older = good_change(m.first, m.second);
	add_key_change(&m.a, &older);
	expect_moved(&m, PKI_REFUSAL_KEY_CHANGE);
}

static void a_forged_key_change_is_refused(void **state)
{
	(void)state;
	for (int forgery = 0; forgery < 5; forgery++) {
		struct moved m = make_moved();
		struct change change = good_change(m.first, m.a.account);
		switch (forgery) {
		case 0: change.outer = m.a.account; break; // only the new key signed: its holder claims another's account
		case 1: change.inner = m.second; break;    // the inner one is by a third key
		case 2: change.old = m.second; break;      // it speaks of another old key
		case 3: change.account = "https://localhost:14000/acme/acct/2"; break;
		default: change.url = "https://localhost:14000/acme/other"; break;
		}
		add_key_change(&m.a, &change);
		expect_moved(&m, PKI_REFUSAL_KEY_CHANGE);
	}
}

static void another_signed_request_is_no_key_change(void **state)
{
	(void)state;
	struct moved m = make_moved();
	buf_add(&m.a.key_changes[m.a.key_change_count++], buf_view(&m.a.finalize));
	expect_moved(&m, PKI_REFUSAL_KEY_CHANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_of_key_changes_carries_older_receipts),
		cmocka_unit_test(without_the_key_change_the_older_receipts_are_anothers),
		cmocka_unit_test(key_changes_in_the_wrong_order_or_with_a_gap_are_refused),
		cmocka_unit_test(a_forged_key_change_is_refused),
		cmocka_unit_test(another_signed_request_is_no_key_change),
	};
	return cmocka_run_group_tests(tests, fixture_set_up, fixture_tear_down);
}
