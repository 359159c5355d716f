// Certificates of a person's accounts, to begin with.
#pragma once
#include "store/certificate.h"
#include "fixture.h"

enum { SERIALS = 16 };

// Serial number n, for these names, separated by blanks.
[[maybe_unused]] static struct view own_pending(struct store_txn *txn, int64_t account, uint8_t n, const char *names, xica_time not_after)
{
	static uint8_t serials[SERIALS];
	struct view list[4], text = view_str(names);
	size_t count = 0;
	assert_true(n < SERIALS);
	serials[n] = n;
	for (size_t from = 0; from < text.len; count++) {
		assert_true(count < 4);
		size_t end = view_index(text, ' ', from);
		list[count] = view_sub(text, from, end == SIZE_MAX ? SIZE_MAX : end - from);
		from = end == SIZE_MAX ? text.len : end + 1;
	}
	const struct store_certificate certificate = {.serial = view_bytes(&serials[n], 1), .account = account, .issuer = VIEW_LIT("i"),
						      .profile = VIEW_LIT("p"), .not_before = NOW, .not_after = not_after, .names = list,
						      .name_count = count};
	assert_int_equal(store_certificate_insert(txn, &certificate), 0);
	return certificate.serial;
}

[[maybe_unused]] static struct view own_issued(struct store_txn *txn, int64_t account, uint8_t n, const char *names, xica_time not_after)
{
	struct view serial = own_pending(txn, account, n, names, not_after);
	assert_int_equal(store_certificate_issued(txn, serial, VIEW_LIT("der")), 0);
	return serial;
}
