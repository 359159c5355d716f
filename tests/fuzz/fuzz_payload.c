// The payloads of ACME requests: the first byte chooses the parser.
#include "acme/payload.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct acme_name_policy policy = {size > 1 && data[1] & 1, 100};
	cleanup_arena arena = ARENA_INIT;
	struct acme_problem problem = {0};
	union {
		struct acme_new_account account;
		struct acme_account_update update;
		struct acme_new_order order;
		struct acme_new_authz authz;
		struct acme_revocation revocation;
		struct acme_key_rollover rollover;
		struct acme_email_answer email;
		struct view csr;
		bool deactivate;
	} parsed;
	if (!size)
		return 0;
	struct view payload = view_bytes(data + 1, size - 1);
	int error = 0;
	switch (data[0] % 16) {
	case 0: error = acme_parse_new_account(payload, &arena, &parsed.account, &problem); break;
	case 1: error = acme_parse_account_update(payload, &arena, &parsed.update, &problem); break;
	case 2: error = acme_parse_new_order(payload, &policy, &arena, &parsed.order, &problem); break;
	case 3: error = acme_parse_new_authz(payload, &policy, &arena, &parsed.authz, &problem); break;
	case 4: error = acme_parse_revocation(payload, &arena, &parsed.revocation, &problem); break;
	case 5: error = acme_parse_key_rollover(payload, &arena, &parsed.rollover, &problem); break;
	case 6: error = acme_parse_finalize(payload, &arena, &parsed.csr, &problem); break;
	case 7: error = acme_parse_authz_update(payload, &parsed.deactivate, &problem); break;
	case 8: error = acme_parse_email_answer(payload, &arena, &parsed.email, &problem); break;
	}
	if (error == XICA_EPARSE) { // each refusal can be told
		cleanup_buf text = BUF_INIT;
		if (acme_problem_write(&problem, &text) && !buf_error(&text))
			__builtin_trap();
	}
	return 0;
}
