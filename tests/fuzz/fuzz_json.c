// JSON from outside: what is accepted keeps its value when it is written and read again.
#include <stdlib.h>

#include "jose/jws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *json = jose_json_parse(view_bytes(data, size));
	if (!json)
		return 0;
	char *text = json_dumps(json, JSON_COMPACT);
	json_t *again = jose_json_parse(view_str(text));
	if (!again || !json_equal(json, again))
		abort();
	json_decref(again);
	json_decref(json);
	free(text);
	return 0;
}
