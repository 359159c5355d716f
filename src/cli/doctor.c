#include "cli/doctor.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/operator.h"
#include "cli/place.h"

static const char HELP[] =
	"Usage: xica doctor [--offline]\n"
	"\n"
	"Looks at a CA as it is deployed: clock, disk, kernel, files and who owns them; how long issuers, roots, the site's certificate and revocation lists are good; the\n"
	"database and the end of the audit log; the roles of the running xicad; DNS with DNSSEC, the site by its own names, CRLs, certificates and OCSP where issued\n"
	"certificates say that they are, the terms of service, the mail relay. Says of each whether it is right, and what to do where it isn't. Run it as root.\n"
	"\n"
	"  --offline  leave out what needs the network\n"
	"  --json     print JSON\n"
	"  -c FILE    the configuration (" XICA_SYSCONFDIR "/xica/xicad.conf)\n"
	"  --dev DIR  the folder of xicad --dev\n"
	"\n"
	"Exit code: 0 nothing has failed (warnings may be), 1 something has, 2 not understood.\n";

static const char *const WORDS[] = {[DOCTOR_OK] = "ok", [DOCTOR_WARNING] = "warning", [DOCTOR_FAILURE] = "FAILURE", [DOCTOR_SKIPPED] = "skipped"};
static const char *const JSON_WORDS[] = {[DOCTOR_OK] = "ok", [DOCTOR_WARNING] = "warning", [DOCTOR_FAILURE] = "failure", [DOCTOR_SKIPPED] = "skipped"};

void doctor_say(struct doctor *doctor, enum doctor_level level, const char *check, const char *advice, const char *format, ...)
{
	char text[512];
	va_list args;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	doctor->warnings += level == DOCTOR_WARNING;
	doctor->failures += level == DOCTOR_FAILURE;
	if (doctor->json) {
		json_t *entry = json_pack("{s:s, s:s, s:s, s:s*}", "check", check, "result", JSON_WORDS[level], "text", text, "advice", level == DOCTOR_OK ? NULL : advice);
		(void)json_array_append_new(doctor->checks, entry);
		return;
	}
	printf("%-8s %-12s %s\n", WORDS[level], check, text);
	if (advice && level != DOCTOR_OK)
		printf("%-21s -> %s\n", "", advice);
}

void doctor_say_expiry(struct doctor *doctor, const char *check, const char *what, xica_time end, unsigned days, unsigned warn_days, const char *advice)
{
	cleanup_buf when = BUF_INIT;
	xica_time left = end - doctor->now;
	enum doctor_level level = left < (xica_time)days * XICA_DAY ? DOCTOR_FAILURE : left < (xica_time)warn_days * XICA_DAY ? DOCTOR_WARNING : DOCTOR_OK;
	clock_add_rfc3339(&when, end);
	doctor_say(doctor, level, check, advice, "%s %s %s", what, left < 0 ? "has ended on" : "is good until", buf_cstr(&when));
}

static void look(struct doctor *doctor)
{
	doctor_machine(doctor);
	doctor_state(doctor);
	doctor_network(doctor);
}

static void look_with_ca(struct doctor *doctor)
{
	cleanup_buf why = BUF_INIT;
	struct ca_dir ca;
	int error = ca_dir_read(doctor->config->ca_dir, CA_DIR_PUBLIC, &ca, &why);
	if (error) {
		doctor_say(doctor, DOCTOR_FAILURE, "ca", "'xica ca init' makes a CA; 'xica restore' puts one back", "%s", why.len ? buf_cstr(&why) : xica_strerror(error));
		look(doctor);
		return;
	}
	doctor->ca = &ca;
	look(doctor);
	ca_dir_free(&ca);
}

static int tell(const struct doctor *doctor)
{
	if (doctor->json) {
		json_t *all = json_pack("{s:b, s:i, s:i, s:O}", "healthy", doctor->failures == 0, "failures", doctor->failures, "warnings", doctor->warnings, "checks",
					doctor->checks);
		operator_print_json(all);
		json_decref(all);
	} else {
		printf("%lld %s, %lld %s\n", CLI_COUNTED(doctor->failures, "failure", "failures"), CLI_COUNTED(doctor->warnings, "warning", "warnings"));
	}
	return doctor->failures ? CLI_FAILED : CLI_OK;
}

static int examine(struct doctor *doctor)
{
	cleanup_buf why = BUF_INIT;
	struct config config;
	doctor->checks = json_array();
	if (cli_place_config(doctor->dev_dir, doctor->config_file, &config, &why)) {
		doctor_say(doctor, DOCTOR_FAILURE, "configuration", "xicad.conf(5) has every option; 'xicad -t -c FILE' tests one", "%s", buf_cstr(&why));
	} else {
		doctor->config = &config;
		doctor->url = config.url;
		doctor->http_url = config.http_url;
		look_with_ca(doctor);
		config_free(&config);
	}
	int code = tell(doctor);
	json_decref(doctor->checks);
	json_decref(doctor->health);
	return code;
}

int cli_doctor(int argc, char **argv)
{
	static const struct option LONG[] = {{"dev", required_argument, NULL, 'd'}, {"json", no_argument, NULL, 'j'}, {"offline", no_argument, NULL, 'o'},
		{"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
	struct doctor doctor = {.now = clock_now()};
	int c;
	optind = 1;
	opterr = 0;
	while ((c = getopt_long(argc, argv, ":c:h", LONG, NULL)) != -1) {
		switch (c) {
		case 'c': doctor.config_file = optarg; break;
		case 'd': doctor.dev_dir = optarg; break;
		case 'j': doctor.json = true; break;
		case 'o': doctor.offline = true; break;
		case 'h': (void)fputs(HELP, stdout); return CLI_OK;
		default: return cli_option_error("doctor", c, argv);
		}
	}
	if (cli_check_place("doctor", doctor.config_file, doctor.dev_dir))
		return CLI_USAGE;
	return argc == optind ? examine(&doctor) : cli_usage_error("doctor", "there is: doctor, and nothing behind it");
}
