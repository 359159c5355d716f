// Somebody's chain of certificates in PEM against a domain: what a peer shows in a TLS handshake. What is fuzzed is all that the peer sends; roots and
// the domain are ours. The input also serves as roots and revocation lists, so that their readers see it.
#include <stdlib.h>

#include "pki/peer_chain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(struct view chain, struct view roots, bool revocation, enum pki_peer_role role)
{
	cleanup_arena arena = ARENA_INIT;
	struct pki_peer_verdict verdict;
	const char *why;
	struct pki_peer_question question = {.domain = VIEW_LIT("example.org"), .role = role, .chain = chain, .roots = roots, .crls = revocation ? chain : VIEW_NONE,
		.revocation = revocation, .now = 1780272000}; // 2026-06-01
	int error = pki_peer_judge(&question, &arena, &verdict, &why);
	if (error)
		return;
	if (verdict.accepted != (verdict.reason_count == 0))
		abort();
	if (verdict.accepted && !verdict.names.match)
		abort();
	if (verdict.accepted && !roots.len)
		abort(); // nothing is trusted
	for (size_t i = 0; i < verdict.reason_count; i++)
		if (!verdict.reasons[i].text || !*verdict.reasons[i].text)
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view input = view_bytes(data, size);
	judge(input, VIEW_NONE, false, PKI_PEER_S2S);
	judge(input, input, false, PKI_PEER_C2S);
	judge(input, input, true, PKI_PEER_S2S);
	return 0;
}
