// A line of the audit log that tells of an act, or a note that waits for it, as the inspection and the restoring of a backup read it: whatever stands there, what is told is whole.
#include <stdlib.h>

#include "inspect/act.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int take(const struct inspect_act *act, void *context)
{
	size_t *count = context;
	bool by_id = (act->kind >= INSPECT_ACT_ACCOUNT_VALID && act->kind <= INSPECT_ACT_PERSON_DELETED) || act->kind >= INSPECT_ACT_ORDER_APPROVED;
	if (act->kind != INSPECT_ACT_KEY_BLOCKED && (by_id ? act->id <= 0 : !act->value.len))
		abort();
	if (act->kind == INSPECT_ACT_RATE_SET && !rate_is_none(&act->rate) && !act->rate.burst)
		abort();
	if (!inspect_act_text_is(act->text, act->text))
		abort();
	return ++*count > 100 ? XICA_EIO : XICA_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t count = 0;
	json_t *line = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
	const char *kind = json_string_value(json_object_get(line, "kind"));
	int error = line ? inspect_acts_read(kind ? kind : "operator", line, take, &count) : XICA_EINVAL;
	if (error && error != XICA_EINVAL && error != XICA_ENOMEM && !(error == XICA_EIO && count > 100))
		abort();
	json_decref(line);
	return 0;
}
