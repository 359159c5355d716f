#include "chaos/dice.h"

int chaos_dice_new(uint64_t seed, struct chaos_dice *ret_dice)
{
	cleanup_buf text = BUF_INIT;
	buf_addf(&text, "xica chaos %llu", (unsigned long long)seed);
	int error = buf_error(&text);
	return error ? error : crypto_sha256(buf_view(&text), ret_dice->key);
}

static int digest(const struct chaos_dice *dice, const char *what, const char *place, uint64_t time, uint8_t mac[CRYPTO_SHA256_LEN])
{
	cleanup_buf text = BUF_INIT;
	buf_addf(&text, "%s\n%s\n%llu", what, place, (unsigned long long)time);
	int error = buf_error(&text);
	return error ? error : crypto_hmac_sha256(view_bytes(dice->key, sizeof(dice->key)), buf_view(&text), mac);
}

unsigned chaos_dice_roll(const struct chaos_dice *dice, const char *what, const char *place, uint64_t time, unsigned sides)
{
	uint8_t mac[CRYPTO_SHA256_LEN];
	uint64_t number = 0;
	if (digest(dice, what, place, time, mac))
		return sides - 1;
	for (size_t i = 0; i < sizeof(number); i++)
		number = number << 8 | mac[i];
	return (unsigned)(number % sides);
}

bool chaos_dice_happens(const struct chaos_dice *dice, const char *what, const char *place, uint64_t time, unsigned percent)
{
	return chaos_dice_roll(dice, what, place, time, 100) < percent;
}

// Fisher and Yates; each step is a throw of its own.
void chaos_dice_shuffle(const struct chaos_dice *dice, const char *what, const char *place, uint64_t time, size_t *order, size_t count)
{
	for (size_t i = 0; i < count; i++)
		order[i] = i;
	for (size_t i = count; i > 1; i--) {
		size_t other = chaos_dice_roll(dice, what, place, time << 16 | i, (unsigned)i), was = order[i - 1];
		order[i - 1] = order[other];
		order[other] = was;
	}
}

int chaos_dice_secret(const struct chaos_dice *dice, uint8_t ret_secret[CRYPTO_SHA256_LEN])
{
	return digest(dice, "external account key", "", 0, ret_secret);
}
