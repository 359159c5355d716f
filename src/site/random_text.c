#include "site/random_text.h"

#include "base/base64url.h"
#include "crypto/digest.h"

int site_random_text(size_t len, struct buf *bytes, struct buf *text)
{
	do {
		buf_clear(bytes);
		buf_clear(text);
		uint8_t *at = buf_extend(bytes, len);
		int error = at ? crypto_random(at, len) : XICA_ENOMEM;
		if (error)
			return error;
		base64url_encode(text, buf_view(bytes));
		if (buf_error(text))
			return XICA_ENOMEM;
	} while (text->len && text->ptr[0] == '-');
	return XICA_OK;
}
