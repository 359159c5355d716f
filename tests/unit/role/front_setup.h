// A fresh front for each test.
#pragma once
#include <stdlib.h>

#include "front_rig.h"

static inline int start_front_with(void **state, const char *more)
{
	*state = calloc(1, sizeof(struct rig));
	if (!*state)
		return -1;
	rig_start(*state, more);
	return 0;
}

static inline int start_front(void **state)
{
	return start_front_with(state, "");
}

static inline int stop_front(void **state)
{
	rig_stop(*state);
	free(*state);
	return 0;
}

#define front_test(name) cmocka_unit_test_setup_teardown(name, start_front, stop_front)
