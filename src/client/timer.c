#include "client/timer.h"

#include "base/file.h"
#include "client/program.h"

#define TIMER "xica-renew.timer"
#define SYSTEMD "/run/systemd/system" // sd_booted(3)

enum { SYSTEMCTL_SECONDS = 30 };

static int systemctl(const char *verb, const char *option, struct client_trouble *trouble)
{
	const char *const argv[] = {"systemctl", verb, "--quiet", TIMER, option, NULL};
	return client_program_run(argv, NULL, SYSTEMCTL_SECONDS, verb, trouble);
}

int client_timer_set_up(const struct client_tell *tell, struct client_trouble *trouble)
{
	cleanup_trouble no = CLIENT_TROUBLE_INIT;
	if (!file_exists(SYSTEMD))
		return client_trouble_is(trouble, XICA_ENOTFOUND, "there is no systemd here");
	if (!systemctl("is-enabled", NULL, &no) && !systemctl("is-active", NULL, &no))
		return XICA_OK;
	int error = systemctl("enable", "--now", trouble);
	if (!error)
		client_tell(tell, TIMER " renews what is due from now on, twice a day");
	return error;
}
