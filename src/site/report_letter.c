// Letters about certificates: to whom, in which language, with which values (docs/site-api.md), and how to be rid of them.
#include "base/hex.h"
#include "pki/names.h"
#include "site/json.h"
#include "site/report.h"
#include "site/site.h"
#include "store/account.h"
#include "store/mail.h"

static const struct {
	enum store_notify notify;
	const char *text;
} NOTICES[] = {
	{STORE_NOTIFY_ISSUED, "issued"}, {STORE_NOTIFY_REVOKED, "revoked"}, {STORE_NOTIFY_EXPIRES, "expires"}, {STORE_NOTIFY_KEY_BOUND, "key-bound"},
	{STORE_NOTIFY_NEW_DEVICE, "new-device"},
};

enum { NOTICE_COUNT = sizeof(NOTICES) / sizeof(NOTICES[0]) };

const char *site_notice_text(unsigned notify)
{
	for (size_t i = 0; i < NOTICE_COUNT; i++)
		if (NOTICES[i].notify == notify)
			return NOTICES[i].text;
	return "";
}

int site_notice_parse(struct view text, enum store_notify *ret_notify)
{
	for (size_t i = 0; i < NOTICE_COUNT; i++)
		if (view_equal_str(text, NOTICES[i].text)) {
			*ret_notify = NOTICES[i].notify;
			return XICA_OK;
		}
	return XICA_ENOTFOUND;
}

// --- values

static json_t *day_json(xica_time time)
{
	cleanup_buf text = BUF_INIT;
	clock_add_rfc3339(&text, time);
	return buf_error(&text) ? NULL : site_json_text(view_sub(buf_view(&text), 0, sizeof("2026-12-24") - 1));
}

static json_t *all_names_json(const struct store_certificate *certificate)
{
	cleanup_buf text = BUF_INIT;
	for (size_t i = 0; i < certificate->name_count; i++)
		buf_addf(&text, "%s%.*s", i ? ", " : "", VIEW_FMT(certificate->names[i]));
	return buf_error(&text) ? NULL : site_json_text(buf_view(&text));
}

json_t *site_report_values(const struct site_report *report, const struct store_certificate *certificate)
{
	struct view name = certificate->name_count ? certificate->names[0] : VIEW_NONE, service, domain;
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "domain", site_json_text(pki_srv_name_split(name, &service, &domain) ? name : domain), "names",
			 all_names_json(certificate), "serial", site_json_hex(certificate->serial), "profile", site_json_text(certificate->profile), "not_after",
			 day_json(certificate->not_after), "time", day_json(report->now));
}

// --- into the queue

static int add_links(const struct site_report *report, const struct site_report_letter *letter)
{
	const char *url = report->config->url, *notice = site_notice_text(letter->notify);
	bool failed = json_object_set_new(letter->values, "url", json_string(url));
	if (letter->notify)
		failed |= json_object_set_new(letter->values, "unsubscribe", json_sprintf("%s/api/unsubscribe?token=%.*s&notice=%s", url,
											  VIEW_FMT(letter->person->unsubscribe), notice)) ||
			  json_object_set_new(letter->values, "unsubscribe_page", json_sprintf("%s/unsubscribe#%.*s.%s", url,
											       VIEW_FMT(letter->person->unsubscribe), notice));
	return failed ? XICA_ENOMEM : XICA_OK;
}

static int queue(struct store_txn *txn, struct site_report *report, const struct site_report_letter *letter)
{
	cleanup_buf values = BUF_INIT;
	int64_t id;
	int error = add_links(report, letter);
	if (!error)
		error = site_json_write(letter->values, &values);
	if (error)
		return error;
	const struct store_mail mail = {.letter = view_str(letter->name), .language = letter->person->language, .to = letter->person->address,
					.values = buf_view(&values), .person = letter->person->id, .created = report->now, .next_try = report->now};
	error = store_mail_insert(txn, &mail, &id);
	if (!error)
		report->mail_waits = true;
	return error;
}

int site_report_send(struct store_txn *txn, struct site_report *report, const struct site_report_letter *letter)
{
	bool wanted = report->config->mail && (!letter->notify || (letter->person->notices & letter->notify));
	int error = !letter->values ? XICA_ENOMEM : wanted ? queue(txn, report, letter) : XICA_OK;
	json_decref(letter->values);
	return error;
}

int site_report_key_name(struct store_txn *txn, int64_t account, struct arena *arena, struct view *ret_name)
{
	struct store_account is;
	struct store_eab eab = {.name = VIEW_NONE};
	int error = account ? store_account_get(txn, account, arena, &is) : XICA_ENOTFOUND;
	if (!error && is.eab_kid.len)
		error = store_eab_get(txn, is.eab_kid, arena, &eab);
	if (error && error != XICA_ENOTFOUND)
		return error;
	*ret_name = eab.name;
	return XICA_OK;
}

int site_report_letter_about(struct store_txn *txn, struct site_report *report, const struct store_certificate *certificate, enum store_notify notify,
		      const char *value_name, const char *value)
{
	struct store_person person;
	struct view key;
	int error = store_person_get(txn, certificate->person, report->arena, &person);
	if (error || (error = site_report_key_name(txn, certificate->account, report->arena, &key)))
		return error;
	json_t *values = site_report_values(report, certificate);
	if (json_object_set_new(values, "key", site_json_text(key)) || (value_name && json_object_set_new(values, value_name, json_string(value)))) {
		json_decref(values);
		return XICA_ENOMEM;
	}
	return site_report_send(txn, report, &(struct site_report_letter){site_notice_text(notify), notify, &person, values});
}
