// Internationalised labels (RFC 5890, 5891), by libidn2.
#include <idn2.h>
#include <string.h>

#include "pki/names.h"

// IDNA2008 as it stands: no mapping by UTS #46, under which several spellings would be one name.
enum { STRICT = IDN2_NFC_INPUT | IDN2_NO_TR46 };

static int error_of(int idn_error)
{
	return idn_error == IDN2_MALLOC ? XICA_ENOMEM : XICA_EPARSE;
}

int pki_name_check_a_label(struct view label)
{
	char text[PKI_LABEL_MAX + 1] = {0};
	char *unicode = NULL;
	uint8_t *again = NULL;
	if (label.len > PKI_LABEL_MAX || label.len < 5 || memchr(label.ptr, 0, label.len))
		return XICA_EPARSE;
	memcpy(text, label.ptr, label.len);
	int error = idn2_to_unicode_8z8z(text, &unicode, 0);
	if (error != IDN2_OK)
		return error_of(error);
	error = idn2_lookup_u8((const uint8_t *)unicode, &again, STRICT);
	bool same = error == IDN2_OK && !strcmp((const char *)again, text);
	idn2_free(unicode);
	idn2_free(again);
	if (same)
		return XICA_OK;
	return error == IDN2_OK ? XICA_EPARSE : error_of(error);
}

int pki_name_to_ascii(struct view text, struct arena *arena, struct view *ret_name)
{
	uint8_t *ascii = NULL;
	if (!text.len || memchr(text.ptr, 0, text.len) || text.len > 4 * PKI_NAME_MAX)
		return XICA_EPARSE;
	char *unicode = arena_strdup(arena, text);
	if (!unicode)
		return XICA_ENOMEM;
	for (char *c = unicode; *c; c++) // ASCII case alone; IDNA2008 refuses other upper-case letters
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c + ('a' - 'A'));
	int error = idn2_lookup_u8((const uint8_t *)unicode, &ascii, STRICT);
	if (error != IDN2_OK)
		return error_of(error);
	struct view copy = arena_copy(arena, view_str((const char *)ascii));
	idn2_free(ascii);
	if (!copy.ptr)
		return XICA_ENOMEM;
	*ret_name = copy;
	return XICA_OK;
}
