#include "site/qr.h"

#include <qrencode.h>
#include <stdlib.h>

static json_t *row_text(const unsigned char *modules, int width)
{
	char *text = calloc((size_t)width + 1, 1);
	for (int i = 0; text && i < width; i++)
		text[i] = modules[i] & 1 ? '1' : '0'; // the lowest bit is the colour
	json_t *row = text ? json_string(text) : NULL;
	free(text);
	return row;
}

json_t *qr_json(const char *text)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	if (!code)
		return NULL;
	json_t *rows = json_array();
	bool failed = !rows;
	for (int y = 0; !failed && y < code->width; y++)
		failed = json_array_append_new(rows, row_text(code->data + y * code->width, code->width)) != 0;
	json_t *answer = failed ? NULL : json_pack("{s:i, s:O}", "size", code->width, "rows", rows);
	json_decref(rows);
	QRcode_free(code);
	return answer;
}
