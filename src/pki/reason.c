#include "pki/reason.h"

static const struct {
	enum pki_reason reason;
	bool of_operators; // the others are about CAs of other kinds, or have no place in a full CRL
	const char *word;
} REASONS[] = {
	{PKI_REASON_UNSPECIFIED, true, "unspecified"},
	{PKI_REASON_KEY_COMPROMISE, true, "keyCompromise"},
	{PKI_REASON_CA_COMPROMISE, false, "cACompromise"},
	{PKI_REASON_AFFILIATION_CHANGED, true, "affiliationChanged"},
	{PKI_REASON_SUPERSEDED, true, "superseded"},
	{PKI_REASON_CESSATION_OF_OPERATION, true, "cessationOfOperation"},
	{PKI_REASON_CERTIFICATE_HOLD, false, "certificateHold"},
	{PKI_REASON_REMOVE_FROM_CRL, false, "removeFromCRL"},
	{PKI_REASON_PRIVILEGE_WITHDRAWN, true, "privilegeWithdrawn"},
	{PKI_REASON_AA_COMPROMISE, false, "aACompromise"},
};
enum { COUNT = sizeof(REASONS) / sizeof(REASONS[0]) };

int pki_reason_parse(struct view word, enum pki_reason *ret_reason)
{
	for (size_t i = 0; i < COUNT; i++)
		if (REASONS[i].of_operators && view_equal_str(word, REASONS[i].word)) {
			*ret_reason = REASONS[i].reason;
			return XICA_OK;
		}
	return XICA_EPARSE;
}

const char *pki_reason_text(unsigned reason)
{
	for (size_t i = 0; i < COUNT; i++)
		if ((unsigned)REASONS[i].reason == reason)
			return REASONS[i].word;
	return REASONS[0].word;
}
