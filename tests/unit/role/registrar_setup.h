// A fresh registrar for each test, with nothing of its own in its configuration.
#pragma once
#include "registrar_rig.h"

static struct rig rig;

static inline int start_registrar(void **state)
{
	(void)state;
	rig_start(&rig, "");
	return 0;
}

static inline int stop_registrar(void **state)
{
	(void)state;
	rig_stop(&rig);
	return 0;
}

#define registrar_test(name) cmocka_unit_test_setup_teardown(name, start_registrar, stop_registrar)
