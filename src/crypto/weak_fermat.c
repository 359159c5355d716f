#include "crypto/openssl.h"
#include "crypto/weak_rsa.h"

struct numbers { // all owned by a BN_CTX frame
	BN_CTX *ctx;
	BIGNUM *root, *next, *square, *rest, *step;
};

// *x->root = floor(sqrt(value)), by Newton's method from above.
static bool integer_root(struct numbers *x, const BIGNUM *value)
{
	BN_zero(x->root);
	if (BN_is_zero(value))
		return true;
	if (!BN_set_bit(x->root, (BN_num_bits(value) + 1) / 2))
		return false;
	for (;;) {
		if (!BN_div(x->next, NULL, value, x->root, x->ctx) || !BN_add(x->next, x->next, x->root) || !BN_rshift1(x->next, x->next))
			return false;
		if (BN_cmp(x->next, x->root) >= 0)
			return true;
		if (!BN_copy(x->root, x->next))
			return false;
	}
}

// Squares have 12 residues of 64, 16 of 63, 21 of 65: so one root in 80 remains to be drawn.
static bool may_be_square(const BIGNUM *value)
{
	static const unsigned MODULI[] = {64, 63, 65};
	for (size_t i = 0; i < sizeof(MODULI) / sizeof(MODULI[0]); i++) {
		BN_ULONG residue = BN_mod_word(value, MODULI[i]);
		bool square = false;
		for (unsigned k = 0; k < MODULI[i] && !square; k++)
			square = k * k % MODULI[i] == residue;
		if (!square)
			return false;
	}
	return true;
}

static bool is_square(struct numbers *x, const BIGNUM *value, bool *square)
{
	*square = false;
	if (!may_be_square(value))
		return true;
	if (!integer_root(x, value) || !BN_sqr(x->square, x->root, x->ctx))
		return false;
	*square = BN_cmp(x->square, value) == 0;
	return true;
}

// rest = a^2 - n for the smallest a with a^2 >= n; step = 2a + 1, what rest grows by when a grows by one.
static bool first_round(struct numbers *x, const BIGNUM *n)
{
	if (!integer_root(x, n) || !BN_sqr(x->square, x->root, x->ctx))
		return false;
	if (BN_cmp(x->square, n) < 0 && !BN_add_word(x->root, 1))
		return false;
	return BN_sqr(x->rest, x->root, x->ctx) && BN_sub(x->rest, x->rest, n) && BN_lshift1(x->step, x->root) &&
	       BN_add_word(x->step, 1);
}

static bool try_rounds(struct numbers *x, const BIGNUM *n, unsigned rounds, bool *close)
{
	if (!first_round(x, n))
		return false;
	for (unsigned i = 0; i < rounds; i++) {
		if (!is_square(x, x->rest, close))
			return false;
		if (*close)
			return true;
		if (!BN_add(x->rest, x->rest, x->step) || !BN_add_word(x->step, 2))
			return false;
	}
	return true;
}

int crypto_weak_fermat(const BIGNUM *n, unsigned rounds, bool *ret_close)
{
	bool close = false;
	cleanup_ossl(BN_CTX) *ctx = BN_CTX_new();
	if (!ctx)
		return crypto_failed(XICA_ENOMEM);
	BN_CTX_start(ctx);
	struct numbers x = {ctx, BN_CTX_get(ctx), BN_CTX_get(ctx), BN_CTX_get(ctx), BN_CTX_get(ctx), BN_CTX_get(ctx)};
	bool done = x.step && try_rounds(&x, n, rounds, &close); // once one is NULL, all later ones are
	BN_CTX_end(ctx);
	if (!done)
		return crypto_failed(XICA_ECRYPTO);
	*ret_close = close;
	return XICA_OK;
}
