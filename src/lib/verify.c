#include <assert.h>
#include <stdlib.h>

#include "base/file.h"
#include "lib/result.h"
#include "pki/peer_chain.h"

#define SYSTEM_ROOTS "/etc/ssl/certs/ca-certificates.crt"

enum { SYSTEM_ROOTS_MAX = 4 << 20 };

struct answer { // begins with what the caller sees, so that one pointer is both
	struct xica_verdict verdict;
	struct xica_reason reasons[PKI_PEER_REASONS_MAX];
	struct arena arena;
};

// The numbers of both sides are the same.
#define SAME(fault) static_assert((int)XICA_FAULT_##fault == (int)PKI_PEER_##fault, "public and internal numbers differ")
SAME(MALFORMED);
SAME(NAME);
SAME(PURPOSE);
SAME(UNTRUSTED);
SAME(NOT_YET_VALID);
SAME(EXPIRED);
SAME(REVOKED);
SAME(NO_STATUS);
SAME(WEAK);
SAME(INVALID);

void xica_verdict_free(struct xica_verdict *verdict)
{
	struct answer *answer = (struct answer *)verdict;
	if (answer)
		arena_free(&answer->arena);
	free(answer);
}

static int show(const struct pki_peer_verdict *from, struct answer *to)
{
	const struct pki_peer_name *match = from->names.match;
	const char *domain = arena_strdup(&to->arena, from->domain);
	if (!domain)
		return XICA_ENOMEM;
	for (size_t i = 0; i < from->reason_count; i++) {
		enum pki_peer_fault fault = from->reasons[i].fault;
		to->reasons[i] = (struct xica_reason){(enum xica_fault)fault, pki_peer_fault_word(fault), from->reasons[i].text};
	}
	to->verdict = (struct xica_verdict){.accepted = from->accepted, .domain = domain, .name_kind = match ? pki_peer_kind_text(match->kind) : NULL,
		.name = match ? match->text : NULL, .reason_count = from->reason_count, .reasons = to->reasons};
	return XICA_OK;
}

static int judge(const struct xica_question *question, struct view roots, struct answer *answer)
{
	struct pki_peer_verdict verdict;
	struct pki_peer_question ask = {view_str(question->domain), (enum pki_peer_role)question->role, view_str(question->chain_pem), roots,
		view_str(question->crls_pem), question->crls_pem != NULL, question->time ? question->time : clock_now()};
	const char *why;
	int error = pki_peer_judge(&ask, &answer->arena, &verdict, &why);
	return error ? error : show(&verdict, answer);
}

static int answer_question(const struct xica_question *question, struct answer *answer)
{
	cleanup_buf system = BUF_INIT;
	if (question->roots_pem)
		return judge(question, view_str(question->roots_pem), answer);
	int error = file_read(SYSTEM_ROOTS, SYSTEM_ROOTS_MAX, &system);
	return error ? XICA_EIO : judge(question, buf_view(&system), answer);
}

static bool is_question(const struct xica_question *question)
{
	return question && question->size >= sizeof(*question) && question->domain && question->chain_pem &&
	       (question->role == XICA_ROLE_C2S || question->role == XICA_ROLE_S2S);
}

int xica_verify(const struct xica_question *question, struct xica_verdict **ret_verdict)
{
	if (!is_question(question) || !ret_verdict)
		return XICA_ERROR_ARGUMENT;
	struct answer *answer = calloc(1, sizeof(*answer));
	if (!answer)
		return XICA_ERROR_MEMORY;
	int error = answer_question(question, answer);
	if (error)
		xica_verdict_free(&answer->verdict);
	else
		*ret_verdict = &answer->verdict;
	return lib_result(error);
}
