#include "lib/trouble.h"

#include <stdlib.h>

#include "base/arena.h"

struct told { // begins with what the caller sees, so that one pointer is both
	struct xica_trouble trouble;
	struct arena arena;
};

void xica_trouble_free(struct xica_trouble *trouble)
{
	struct told *told = (struct told *)trouble;
	if (told)
		arena_free(&told->arena);
	free(told);
}

static const char *problem_text(const json_t *problem, struct arena *arena)
{
	char *text = json_dumps(problem, JSON_COMPACT);
	const char *copy = text ? arena_strdup(arena, view_str(text)) : NULL;
	free(text);
	return copy;
}

struct xica_trouble *lib_trouble(int error, const struct client_trouble *from)
{
	struct told *told = calloc(1, sizeof(*told));
	if (!told)
		return NULL;
	const char *type = json_string_value(json_object_get(from->problem, "type"));
	struct view why = from->why.len ? buf_view(&from->why) : view_str(xica_strerror(error));
	told->trouble = (struct xica_trouble){.text = arena_strdup(&told->arena, why), .retry_after = from->retry_after,
		.problem = from->problem ? problem_text(from->problem, &told->arena) : NULL,
		.type = type ? arena_strdup(&told->arena, view_str(type)) : NULL};
	if (told->trouble.text && !from->problem == !told->trouble.problem && !type == !told->trouble.type)
		return &told->trouble;
	xica_trouble_free(&told->trouble);
	return NULL;
}
