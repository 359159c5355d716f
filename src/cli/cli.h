// The sub-commands of xica(1): one file each, one line in main.c's table each.
#pragma once
#include <stdbool.h>

enum cli_exit { // what scripts may rely on
	CLI_OK = 0,
	CLI_FAILED = 1, // the command could not be done, or the answer is no
	CLI_USAGE = 2,  // it was not understood
};

struct cli_command {
	const char *name;
	int (*run)(int argc, char **argv); // argv[0] is the sub-command's name; returns enum cli_exit
	const char *help;                  // one line for xica --help
};

// "xica lint: message" on standard error; returns CLI_USAGE, so that a command can return it.
[[gnu::format(printf, 2, 3)]] int cli_usage_error(const char *command, const char *format, ...);
// What getopt_long answered ':' or '?' for, its own messages switched off (opterr = 0, and a ':' before the short options).
int cli_option_error(const char *command, int answer, char *const *argv);
// Is the option (without its dashes) one of these, words with blanks between? NULL: there are none.
bool cli_reads(const char *options, const char *option);
// An option that this verb ("revoke") doesn't read, and those that it does; returns CLI_USAGE.
int cli_refuse(const char *command, const char *verb, const char *options, const char *option);
// Each of the two says which xicad is meant: CLI_USAGE where both do, and the reason is said. NULL: not given.
int cli_check_place(const char *command, const char *config_file, const char *dev_dir);
// The same for things that did not work; returns CLI_FAILED.
[[gnu::format(printf, 2, 3)]] int cli_failed(const char *command, const char *format, ...);

// For "%lld %s": how many, in words that fit one or more.
#define CLI_COUNTED(count, one, many) (long long)(count), (count) == 1 ? one : many

// The sub-commands.
int cli_account(int argc, char **argv); // account.c
int cli_audit(int argc, char **argv);   // audit.c
int cli_backup(int argc, char **argv);  // backup.c
int cli_block(int argc, char **argv);
int cli_limits(int argc, char **argv);   // block.c
int cli_ca(int argc, char **argv);      // ca.c, ca_*.c
int cli_cert(int argc, char **argv);    // cert.c, cert_revoke.c
int cli_doctor(int argc, char **argv);  // doctor.c, doctor_*.c
int cli_get(int argc, char **argv);     // get.c
int cli_health(int argc, char **argv);  // health.c
int cli_lint(int argc, char **argv);    // lint.c
int cli_mail(int argc, char **argv);    // mail.c
int cli_order(int argc, char **argv);   // order.c
int cli_person(int argc, char **argv);  // person.c
int cli_renew(int argc, char **argv);   // renew.c
int cli_restore(int argc, char **argv); // backup.c
int cli_verify(int argc, char **argv);  // verify.c
