// Where a role can be told to die, so that tests see what is left behind.
#include <stdio.h>
#include <string.h>

#include "role/parent/parent.h"

static const char *const POINTS[] = {
	"registrar:before-prepare", "registrar:after-prepare", "registrar:after-serial-commit", "registrar:after-issue",
	"registrar:after-certificate-commit", "registrar:after-revocation-commit", "registrar:after-renewal-commit",
	"signer:after-prepare", "signer:before-sign", "signer:after-sign", "signer:after-audit",
	"validator:before-connect", "validator:after-proof", "front:before-forward", "front:before-reply", "mailer:before-relay",
	"mailer:after-relay", "login:before-password",
};

bool parent_has_crash_point(const char *point)
{
	for (size_t i = 0; i < sizeof(POINTS) / sizeof(POINTS[0]); i++)
		if (!strcmp(POINTS[i], point))
			return true;
	return false;
}

void parent_print_crash_points(void)
{
	for (size_t i = 0; i < sizeof(POINTS) / sizeof(POINTS[0]); i++)
		(void)printf("%s\n", POINTS[i]);
}
