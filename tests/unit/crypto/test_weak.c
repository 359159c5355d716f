#include "base/file.h"
#include "base/hex.h"
#include "check.h"
#include "crypto/weak.h"

static const struct {
	const char *word; // in keys/weak.txt
	enum crypto_weakness weakness;
} WORDS[] = {
	{"none", CRYPTO_WEAK_NONE},
	{"size", CRYPTO_WEAK_SIZE},
	{"exponent", CRYPTO_WEAK_EXPONENT},
	{"factor", CRYPTO_WEAK_SMALL_FACTOR},
	{"roca", CRYPTO_WEAK_ROCA},
	{"fermat", CRYPTO_WEAK_FERMAT},
};

static struct view take_word(struct view *rest, uint8_t end)
{
	size_t at = view_index(*rest, end, 0);
	assert_true(at != SIZE_MAX);
	struct view word = view_sub(*rest, 0, at);
	*rest = view_sub(*rest, at + 1, SIZE_MAX);
	return word;
}

static enum crypto_weakness weakness_of(struct view word)
{
	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++)
		if (view_equal_str(word, WORDS[i].word))
			return WORDS[i].weakness;
	fail_msg("unknown word %.*s", VIEW_FMT(word));
	return CRYPTO_WEAK_NONE;
}

// A line is: name, weakness, modulus, exponent.
static void check_line(struct view line)
{
	cleanup_buf n = BUF_INIT, e = BUF_INIT;
	cleanup_key *key = NULL;
	struct view name = take_word(&line, ' ');
	enum crypto_weakness expected = weakness_of(take_word(&line, ' ')), found = CRYPTO_WEAK_NONE;
	assert_int_equal(hex_decode(take_word(&line, ' '), &n), 0);
	assert_int_equal(hex_decode(line, &e), 0);
	assert_int_equal(crypto_key_from_rsa(buf_view(&n), buf_view(&e), &key), 0);
	assert_int_equal(crypto_weak_check(key, &found), 0);
	if (found != expected)
		fail_msg("%.*s: %s", VIEW_FMT(name), crypto_weakness_text(found));
}

static void every_fault_of_an_rsa_key_is_found_and_no_sound_one_is_blamed(void **state)
{
	(void)state;
	cleanup_buf file = BUF_INIT;
	size_t lines = 0;
	assert_int_equal(file_read(TEST_VECTORS "/keys/weak.txt", 1 << 20, &file), 0);
	for (struct view rest = buf_view(&file); rest.len;) {
		struct view line = take_word(&rest, '\n');
		if (!line.len || line.ptr[0] == '#')
			continue;
		check_line(line);
		lines++;
	}
	assert_true(lines > 20);
}

static void generated_keys_are_not_weak(void **state)
{
	(void)state;
	static const enum crypto_key_type SOUND[] = {CRYPTO_KEY_P256, CRYPTO_KEY_P384, CRYPTO_KEY_RSA};
	for (size_t i = 0; i < sizeof(SOUND) / sizeof(SOUND[0]); i++) {
		enum crypto_weakness found = CRYPTO_WEAK_TYPE;
		cleanup_key *key = NULL;
		assert_int_equal(crypto_key_generate(SOUND[i], 2048, &key), 0);
		assert_int_equal(crypto_weak_check(key, &found), 0);
		assert_int_equal(found, CRYPTO_WEAK_NONE);
	}
}

static void kinds_that_are_not_certified_are_refused_by_name(void **state)
{
	(void)state;
	static const enum crypto_key_type REFUSED[] = {CRYPTO_KEY_P521, CRYPTO_KEY_ED25519};
	for (size_t i = 0; i < sizeof(REFUSED) / sizeof(REFUSED[0]); i++) {
		enum crypto_weakness found = CRYPTO_WEAK_NONE;
		cleanup_key *key = NULL;
		assert_int_equal(crypto_key_generate(REFUSED[i], 0, &key), 0);
		assert_int_equal(crypto_weak_check(key, &found), 0);
		assert_int_equal(found, CRYPTO_WEAK_TYPE);
	}
}

static void each_weakness_has_its_own_words(void **state)
{
	(void)state;
	for (int a = CRYPTO_WEAK_NONE; a <= CRYPTO_WEAK_FERMAT; a++)
		for (int b = CRYPTO_WEAK_NONE; b < a; b++)
			assert_string_not_equal(crypto_weakness_text((enum crypto_weakness)a), crypto_weakness_text((enum crypto_weakness)b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fault_of_an_rsa_key_is_found_and_no_sound_one_is_blamed),
		cmocka_unit_test(generated_keys_are_not_weak),
		cmocka_unit_test(kinds_that_are_not_certified_are_refused_by_name),
		cmocka_unit_test(each_weakness_has_its_own_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
