#include <stdlib.h>
#include <string.h>

#include "client/account.h"
#include "client/chain.h"
#include "client/names.h"
#include "client/order.h"
#include "client/renewal.h"
#include "lib/order.h"
#include "lib/order_proof.h"
#include "lib/result.h"
#include "lib/trouble.h"

enum { NAMES_MAX = 100 };

struct got { // begins with what the caller sees, so that one pointer is both
	struct xica_certificate certificate;
	char *chain, *key, *account;
};

struct run {
	const struct xica_order *order;
	struct client_trouble trouble;
	struct lib_ca ca;
	struct pki_identifier names[NAMES_MAX];
	struct crypto_key *account_key, *key;
	struct buf replaces; // empty: nothing
	struct order_proof proof;
	bool talks;          // what was given is all right
	struct arena arena;
};

void xica_certificate_free(struct xica_certificate *certificate)
{
	struct got *got = (struct got *)certificate;
	if (!got)
		return;
	if (got->key)
		explicit_bzero(got->key, strlen(got->key));
	free(got->chain);
	free(got->key);
	free(got->account);
	free(got);
}

// --- what was given

static int read_key(struct run *run, const char *pem, const char *what, struct crypto_key **ret_key)
{
	int error = crypto_key_from_pem(view_str(pem), VIEW_NONE, ret_key);
	return error == XICA_ENOMEM || !error ? error : client_trouble_is(&run->trouble, XICA_EPARSE, "%s is no private key in PEM, or is encrypted", what);
}

static int read_names(struct run *run)
{
	for (size_t i = 0; i < run->order->name_count; i++) {
		enum pki_name_fault fault = PKI_NAME_OK;
		const char *name = run->order->names[i];
		int error = client_name_read(name, &run->arena, &run->names[i], &fault);
		if (error)
			return client_trouble_is(&run->trouble, error, "'%s' can't be certified: %s", name, pki_name_fault_text(fault));
	}
	return XICA_OK;
}

static int read_replaces(struct run *run)
{
	struct client_chain chain;
	if (!run->order->replaces_pem)
		return XICA_OK;
	int error = client_chain_read(view_str(run->order->replaces_pem), &run->arena, &chain, &run->trouble);
	if (!error && (error = client_renewal_id(&chain, &run->replaces)) == XICA_ENOTFOUND)
		error = XICA_OK; // nothing to call it by: an order like any other
	return error;
}

static int read_order(struct run *run)
{
	const struct xica_order *order = run->order;
	int error = read_names(run);
	if (!error)
		error = read_key(run, order->account_key_pem, "the account's key", &run->account_key);
	if (!error)
		error = order->key_pem ? read_key(run, order->key_pem, "the certificate's key", &run->key) : crypto_key_generate(CRYPTO_KEY_P256, 0, &run->key);
	if (!error)
		error = read_replaces(run);
	return error ? error : lib_check_roots(order->roots_pem, &run->trouble);
}

// --- the talk with the CA

static bool ask(const char *terms_url, void *context)
{
	const struct xica_order *order = context;
	return order->agree && order->agree(terms_url, order->context);
}

static int enter(struct run *run)
{
	const struct xica_order *order = run->order;
	const struct client_account_options account = {.look_first = true, .email = order->email, .eab_kid = order->eab_kid, .eab_key = order->eab_key, .ask = ask,
						       .ask_context = (void *)(uintptr_t)order};
	run->talks = true;
	int error = lib_ca_open(&run->ca, order, &run->trouble);
	if (error)
		return error;
	run->ca.acme->key = crypto_key_ref(run->account_key);
	return client_account_enter(run->ca.acme, &account, &run->trouble);
}

static void tell(const char *line, void *context)
{
	const struct xica_order *order = context;
	order->progress(line, order->context);
}

static int get(struct run *run, struct buf *chain_out)
{
	const struct xica_order *order = run->order;
	const struct client_tell progress = {order->progress ? tell : NULL, (void *)(uintptr_t)order};
	int error = read_order(run);
	if (!error)
		error = enter(run);
	if (error)
		return error;
	const struct client_order_options options = {
		.names = run->names,
		.name_count = order->name_count,
		.profile = order->profile,
		.replaces = run->replaces.len ? buf_cstr(&run->replaces) : NULL,
		.chain = order->chain,
		.key = run->key,
		.proof = &run->proof.kind,
		.proof_options = &run->proof.options,
		.tell = &progress,
	};
	return client_order_run(run->ca.acme, &options, chain_out, &run->trouble);
}

// --- what came of it

static int fill(struct run *run, struct view chain_pem, struct got *got)
{
	cleanup_buf key = BUF_INIT;
	struct client_chain chain;
	int error = crypto_key_to_pem(run->key, VIEW_NONE, &key);
	if (!error)
		error = lib_copy(buf_view(&key), &got->key);
	buf_wipe(&key);
	if (!error)
		error = lib_copy(chain_pem, &got->chain);
	if (!error)
		error = lib_copy(buf_view(&run->ca.acme->kid), &got->account);
	if (!error)
		error = client_chain_read(chain_pem, &run->arena, &chain, &run->trouble);
	if (error)
		return error;
	got->certificate = (struct xica_certificate){got->chain, got->key, chain.list[0].not_before, chain.list[0].not_after, got->account};
	return XICA_OK;
}

static int finish(struct run *run, struct view chain_pem, struct xica_certificate **ret_certificate)
{
	struct got *got = calloc(1, sizeof(*got));
	int error = got ? fill(run, chain_pem, got) : XICA_ENOMEM;
	if (error)
		xica_certificate_free(&got->certificate);
	else
		*ret_certificate = &got->certificate;
	return error;
}

static int result_of(const struct run *run, int error)
{
	switch (error) {
	case XICA_OK:
	case XICA_ENOMEM:
	case XICA_ECRYPTO: return lib_result(error);
	case XICA_EDENIED: return XICA_ERROR_REFUSED;
	case XICA_EAGAIN: return XICA_ERROR_SHOW;
	case XICA_ETIMEDOUT: return XICA_ERROR_TIME;
	case XICA_ECLOSED: return XICA_ERROR_CANCELLED;
	default: return run->talks ? XICA_ERROR_CA : XICA_ERROR_INPUT;
	}
}

static bool is_order(const struct xica_order *order)
{
	if (!lib_is_order(order) || !order->account_key_pem || !order->names || !order->name_count || order->name_count > NAMES_MAX || !order->show ||
	    !order->eab_kid != !order->eab_key)
		return false;
	for (size_t i = 0; i < order->name_count; i++)
		if (!order->names[i])
			return false;
	return true;
}

static int run_order(struct run *run, struct xica_certificate **ret_certificate)
{
	cleanup_buf chain = BUF_INIT;
	int error = get(run, &chain);
	return error ? error : finish(run, buf_view(&chain), ret_certificate);
}

int xica_get(const struct xica_order *order, struct xica_certificate **ret_certificate, struct xica_trouble **ret_trouble)
{
	if (!is_order(order) || !ret_certificate)
		return XICA_ERROR_ARGUMENT;
	struct run *run = calloc(1, sizeof(*run));
	if (!run)
		return XICA_ERROR_MEMORY;
	run->order = order;
	int result = XICA_ERROR_ARGUMENT, error;
	if (order_proof_init(&run->proof, order)) {
		error = run_order(run, ret_certificate);
		result = result_of(run, error);
		if (result && result != XICA_ERROR_MEMORY && ret_trouble && !(*ret_trouble = lib_trouble(error, &run->trouble)))
			result = XICA_ERROR_MEMORY;
	}
	lib_ca_close(&run->ca);
	crypto_key_free(run->account_key);
	crypto_key_free(run->key);
	buf_free(&run->replaces);
	client_trouble_free(&run->trouble);
	arena_free(&run->arena);
	free(run);
	return result;
}
