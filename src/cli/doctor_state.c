// What a CA is made of: its certificates and revocation lists, its database and audit log, and the roles of a running xicad.
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/control.h"
#include "cli/doctor.h"
#include "jose/jws.h"
#include "pki/crl_check.h"
#include "pki/pem.h"
#include "role/audit/chain.h"
#include "role/audit/read.h"
#include "store/audit_head.h"
#include "store/crl.h"
#include "store/reader.h"

enum { PEM_MAX = 1 << 20 };

// --- certificates and the root's revocation list

static void check_root_crl(struct doctor *doctor, const struct pki_certificate *root, struct view der, struct buf *what)
{
	static const char ADVICE[] = "sign it anew with the root's key: xica ca crl";
	struct pki_crl_check is = pki_crl_check(der, root, doctor->now, DOCTOR_CLOCK_SLACK);
	if (is.fault == PKI_CRL_SOUND || is.fault == PKI_CRL_STALE)
		doctor_say_expiry(doctor, "root-crl", buf_cstr(what), is.next_update, 7, 60, ADVICE);
	else
		doctor_say(doctor, DOCTOR_FAILURE, "root-crl", ADVICE, "%s can't be relied on: %s", buf_cstr(what), is.why);
}

static void check_ca(struct doctor *doctor)
{
	struct pki_certificate root;
	const char *why;
	for (size_t i = 0; i < doctor->ca->issuer_count; i++) {
		const struct ca_issuer *issuer = &doctor->ca->issuers[i];
		cleanup_buf what = BUF_INIT;
		buf_addf(&what, "issuer %s%s", issuer->id, i ? ", which is no longer used," : "");
		if (!i)
			doctor_say_expiry(doctor, "issuer", buf_cstr(&what), issuer->not_after, 30, 180, "make the next one: xica ca init --new-intermediate, and reload xicad");
	}
	for (size_t i = 0; i < doctor->ca->root_count; i++) {
		cleanup_buf what = BUF_INIT;
		buf_addf(&what, "root %s", doctor->ca->roots[i].id);
		if (pki_certificate_parse(doctor->ca->roots[i].certificate, &root, &why))
			continue;
		doctor_say_expiry(doctor, "root", buf_cstr(&what), root.not_after, 365, 3 * 365, "make the next one, and let peers know it: xica ca init --new-root");
		buf_add_str(&what, "'s revocation list");
		if (doctor->ca->roots[i].crl.len)
			check_root_crl(doctor, &root, doctor->ca->roots[i].crl, &what);
	}
}

static void check_site_certificate(struct doctor *doctor)
{
	const char *path = doctor->config->tls_certificate;
	cleanup_buf pem = BUF_INIT, der = BUF_INIT;
	struct pki_certificate certificate;
	const char *why = "there is no certificate in it";
	if (file_read(path, PEM_MAX, &pem)) {
		doctor_say(doctor, DOCTOR_FAILURE, "site-tls", "name the file in tls { }, or leave it to xicad", "%s: %s", path, strerror(errno));
		return;
	}
	struct view cursor = buf_view(&pem);
	if (pem_read(&cursor, PEM_CERTIFICATE, &der) || pki_certificate_parse(buf_view(&der), &certificate, &why))
		doctor_say(doctor, DOCTOR_FAILURE, "site-tls", NULL, "%s: %s", path, why);
	else
		doctor_say_expiry(doctor, "site-tls", "the site's certificate", certificate.not_after, 2, 10,
				  doctor->config->own_certificate ? "xicad renews it by itself: look into its log" : "renew it, and reload xicad");
}

// --- database

static void check_crls(struct doctor *doctor, struct store_txn *txn)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_crl *crls;
	size_t count, late = 0;
	xica_time first = INT64_MAX;
	if (store_crl_list(txn, &arena, &crls, &count))
		return;
	for (size_t i = 0; i < count; i++) {
		late += crls[i].next_update <= doctor->now;
		first = crls[i].next_update < first ? crls[i].next_update : first;
	}
	if (late)
		doctor_say(doctor, DOCTOR_FAILURE, "crl", "xicad makes them while it runs: is it, and can the signer sign (xica health)?", "%zu of %zu revocation lists are too old",
			   late, count);
	else
		doctor_say(doctor, DOCTOR_OK, "crl", NULL, "%zu revocation lists, all of them good for %lld hours more at least", count,
			   count ? (long long)(first - doctor->now) / XICA_HOUR : 0);
}

static void check_database(struct doctor *doctor, struct arena *arena, struct store_audit_head *head)
{
	struct store_reader *reader = NULL;
	struct store_txn *txn;
	cleanup_buf why = BUF_INIT;
	int error = store_reader_open(doctor->config->database, &reader, &why);
	if (!error)
		error = store_reader_quick_check(reader, &why);
	if (error)
		doctor_say(doctor, DOCTOR_FAILURE, "database", "keep the file, and put the last backup back: xica restore", "%s", why.len ? buf_cstr(&why) : xica_strerror(error));
	else
		doctor_say(doctor, DOCTOR_OK, "database", NULL, "it is whole, and of this version");
	if (!error && !store_reader_begin(reader, &txn)) {
		if (store_audit_head_get(txn, arena, head))
			*head = (struct store_audit_head){0};
		check_crls(doctor, txn);
		store_reader_end(reader);
	}
	store_reader_close(reader);
}

// --- the end of the audit log

// The last line stays in last; empty: there is none.
static int last_lines_hold(int fd, uint64_t size, struct buf *last)
{
	cleanup_buf before = BUF_INIT;
	char hash[AUDIT_HASH_HEX + 1];
	bool sealed;
	struct audit_cursor cursor = audit_cursor_at_end(fd, size);
	audit_chain_first(hash);
	int error = audit_line_before(&cursor, last);
	if (error)
		return error == XICA_ENOTFOUND ? XICA_OK : error;
	error = audit_line_before(&cursor, &before);
	if (!error)
		error = audit_chain_hash(buf_view(&before), hash);
	if (error && error != XICA_ENOTFOUND)
		return error;
	error = audit_chain_follows(buf_view(last), hash);
	return error ? error : audit_chain_is_sealed(buf_view(last), &sealed);
}

// A clock that was set back: the log's last line would be of the future.
static void check_log_time(struct doctor *doctor, struct view line)
{
	json_t *entry = jose_json_parse(line);
	const char *text = json_string_value(json_object_get(entry, "time"));
	xica_time time;
	if (text && !clock_parse_rfc3339(view_str(text), &time) && time > doctor->now + DOCTOR_CLOCK_SLACK)
		doctor_say(doctor, DOCTOR_FAILURE, "log-clock", "set the clock; what was issued, and when lists end, stands in the log as it was then",
			   "the clock was set back: the last line of the audit log is of %s", text);
	json_decref(entry);
}

static void check_log(struct doctor *doctor, const struct store_audit_head *head)
{
	const char *path = doctor->config->audit_log;
	cleanup_buf last = BUF_INIT;
	struct stat is;
	uint64_t size = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int error = fd < 0 || fstat(fd, &is) ? XICA_EIO : audit_whole_size(fd, (uint64_t)is.st_size, &size);
	if (!error)
		error = last_lines_hold(fd, size, &last);
	if (fd >= 0)
		(void)close(fd);
	if (error)
		doctor_say(doctor, DOCTOR_FAILURE, "audit-log", "'xica audit verify' names the line; keep the file", "%s: its end does not hold: %s", path, xica_strerror(error));
	else if (head->size > size)
		doctor_say(doctor, DOCTOR_FAILURE, "audit-log", "find out who cut it; keep the file", "%s: lines were cut off: the database knows of more", path);
	else
		doctor_say(doctor, DOCTOR_OK, "audit-log", NULL, "its end holds (xica audit verify reads all of it)");
	if (!error)
		check_log_time(doctor, buf_view(&last));
}

// --- the running xicad

static void check_role(struct doctor *doctor, const json_t *roles, const char *name)
{
	const json_t *role = json_object_get(roles, name);
	if (json_is_true(json_object_get(role, "connected")))
		return;
	bool needed = strcmp(name, "mailer") != 0 || doctor->config->mail;
	if (needed)
		doctor_say(doctor, DOCTOR_FAILURE, "roles", "xicad starts it again: its log says why it ends", "the %s is not there", name);
}

static void tell_health(struct doctor *doctor, const json_t *health)
{
	static const char *const ROLES[] = {"validator", "signer", "mailer", "login"};
	const json_t *waiting = json_object_get(health, "waiting"), *store = json_object_get(health, "store");
	unsigned failures = doctor->failures;
	for (size_t i = 0; i < sizeof(ROLES) / sizeof(ROLES[0]); i++)
		check_role(doctor, json_object_get(health, "roles"), ROLES[i]);
	if (failures == doctor->failures)
		doctor_say(doctor, DOCTOR_OK, "roles", NULL, "all are connected");
	if (json_integer_value(json_object_get(store, "commits_failed")))
		doctor_say(doctor, DOCTOR_WARNING, "commits", "is the disk full, or does it fail?", "commits failed since the start, the last one for: %s",
			   json_string_value(json_object_get(store, "last_error")));
	if (json_integer_value(json_object_get(waiting, "letters_failed")))
		doctor_say(doctor, DOCTOR_WARNING, "letters", "'xica mail list --state failed' says why", "letters could not be sent");
	if (json_integer_value(json_object_get(waiting, "notes")) > 1000)
		doctor_say(doctor, DOCTOR_WARNING, "notes", "can the signer write its log?", "many notes wait for the audit log");
}

static void check_running(struct doctor *doctor)
{
	cleanup_buf why = BUF_INIT;
	json_t *question = json_pack("{s:s}", "command", "health");
	if (control_ask(doctor->config->control_socket, question, &doctor->health, &why)) {
		doctor_say(doctor, DOCTOR_FAILURE, "xicad", "start it: systemctl start xicad", "%s", buf_cstr(&why));
	} else {
		const char *url = json_string_value(json_object_get(doctor->health, "url")), *http_url = json_string_value(json_object_get(doctor->health, "http_url"));
		doctor->url = url ? url : doctor->url;
		doctor->http_url = http_url ? http_url : doctor->http_url;
		tell_health(doctor, doctor->health);
	}
	json_decref(question);
}

void doctor_state(struct doctor *doctor)
{
	cleanup_arena arena = ARENA_INIT;
	struct store_audit_head head = {0};
	if (doctor->ca)
		check_ca(doctor);
	check_site_certificate(doctor);
	check_database(doctor, &arena, &head);
	check_log(doctor, &head);
	check_running(doctor);
}
