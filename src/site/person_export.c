// Everything that is kept about a person, as one file (GDPR Art. 15 and 20). Secrets that only work as secrets (hashes, keys' MACs, the app's) stay here.
#include "base/hex.h"
#include "site/site_try.h"
#include "site/who.h"
#include "store/account.h"
#include "store/certificate.h"
#include "store/device.h"
#include "store/domain.h"
#include "store/eab.h"
#include "store/event.h"
#include "store/passkey.h"

enum { SESSIONS = 1000, PAGE = 500 };

static int append(json_t *list, json_t *row)
{
	return json_array_append_new(list, row) ? XICA_ENOMEM : XICA_OK;
}

static json_t *hex_text(struct view bytes)
{
	cleanup_buf text = BUF_INIT;
	hex_encode(&text, bytes);
	return json_string(buf_cstr(&text));
}

static int add_sessions(struct store_txn *txn, struct site_request *request, json_t *list)
{
	struct store_session *rows;
	size_t count;
	int error = store_session_list(txn, request->person.id, request->now, SESSIONS, &request->arena, &rows, &count);
	for (size_t i = 0; !error && i < count; i++)
		error = append(list, json_pack("{s:I, s:I, s:I, s:o, s:o}", "created", (json_int_t)rows[i].created, "seen", (json_int_t)rows[i].seen, "expires",
					       (json_int_t)rows[i].expires, "remote", site_json_text(rows[i].remote), "agent", site_json_text(rows[i].agent)));
	return error;
}

static int add_devices(struct store_txn *txn, struct site_request *request, json_t *list)
{
	struct store_device *rows;
	size_t count;
	int error = store_device_list(txn, request->person.id, SESSIONS, &request->arena, &rows, &count);
	for (size_t i = 0; !error && i < count; i++)
		error = append(list, json_pack("{s:I, s:I}", "created", (json_int_t)rows[i].created, "seen", (json_int_t)rows[i].seen));
	return error;
}

static int add_passkeys(struct store_txn *txn, struct site_request *request, json_t *list)
{
	struct store_passkey *rows;
	size_t count;
	int error = store_passkey_list(txn, request->person.id, SESSIONS, &request->arena, &rows, &count);
	for (size_t i = 0; !error && i < count; i++)
		error = append(list, json_pack("{s:o, s:o, s:I, s:I}", "name", site_json_text(rows[i].name), "credential", hex_text(rows[i].credential), "created",
					       (json_int_t)rows[i].created, "used", (json_int_t)rows[i].used));
	return error;
}

static int add_events(struct store_txn *txn, struct site_request *request, json_t *list)
{
	struct store_event *rows;
	size_t count = PAGE;
	int64_t before = 0;
	int error = XICA_OK;
	while (!error && count == PAGE) {
		error = store_event_list(txn, request->person.id, before, PAGE, &request->arena, &rows, &count);
		for (size_t i = 0; !error && i < count; i++) {
			json_t *detail = json_loadb((const char *)rows[i].detail.ptr, rows[i].detail.len, JSON_REJECT_DUPLICATES, NULL);
			error = append(list, json_pack("{s:I, s:o, s:o, s:o}", "time", (json_int_t)rows[i].time, "what", site_json_text(rows[i].what), "detail",
						       detail ? detail : json_object(), "remote", site_json_text(rows[i].remote)));
			before = rows[i].id;
		}
	}
	return error;
}

static int add_keys(struct store_txn *txn, struct site_request *request, json_t *list)
{
	struct store_eab *rows;
	size_t count = PAGE;
	struct view after = VIEW_NONE;
	int error = XICA_OK;
	while (!error && count == PAGE) {
		error = store_eab_list_own(txn, request->person.id, after, PAGE, &request->arena, &rows, &count);
		for (size_t i = 0; !error && i < count; i++) {
			error = append(list, json_pack("{s:o, s:o, s:I, s:I, s:I, s:I}", "kid", site_json_text(rows[i].kid), "name", site_json_text(rows[i].name),
						       "created", (json_int_t)rows[i].created, "used", (json_int_t)rows[i].used, "account",
						       (json_int_t)rows[i].account, "revoked", (json_int_t)rows[i].revoked));
			after = rows[i].kid;
		}
	}
	return error;
}

static int add_accounts(struct store_txn *txn, struct site_request *request, json_t *list)
{
	struct store_account *rows;
	size_t count = PAGE;
	int64_t after = 0;
	int error = XICA_OK;
	while (!error && count == PAGE) {
		error = store_account_list_by_person(txn, request->person.id, after, PAGE, &request->arena, &rows, &count);
		for (size_t i = 0; !error && i < count; i++) {
			error = append(list, json_pack("{s:I, s:o, s:o, s:o, s:I, s:I}", "id", (json_int_t)rows[i].id, "jwk", site_json_text(rows[i].jwk),
						       "contacts", site_json_text(rows[i].contacts), "key", site_json_text(rows[i].eab_kid), "created",
						       (json_int_t)rows[i].created, "terms_agreed", (json_int_t)rows[i].terms_agreed));
			after = rows[i].id;
		}
	}
	return error;
}

static json_t *certificate_json(const struct store_certificate *certificate)
{
	json_t *names = json_array();
	for (size_t i = 0; i < certificate->name_count; i++)
		(void)json_array_append_new(names, site_json_text(certificate->names[i])); // one too few fails the whole by its count below
	if (json_array_size(names) != certificate->name_count) {
		json_decref(names);
		return NULL;
	}
	return json_pack("{s:o, s:o, s:o, s:I, s:I, s:I}", "serial", hex_text(certificate->serial), "names", names, "profile",
			 site_json_text(certificate->profile), "not_before", (json_int_t)certificate->not_before, "not_after", (json_int_t)certificate->not_after,
			 "revoked", (json_int_t)certificate->revoked_at);
}

static int add_certificates(struct store_txn *txn, struct site_request *request, json_t *list)
{
	struct store_certificate_page page = {.limit = PAGE};
	struct view *serials;
	size_t count = PAGE;
	int error = XICA_OK;
	while (!error && count == PAGE) {
		error = store_certificate_list_by_person(txn, request->person.id, &page, &request->arena, &serials, &count);
		for (size_t i = 0; !error && i < count; i++) {
			struct store_certificate certificate;
			error = store_certificate_get(txn, serials[i], &request->arena, &certificate);
			if (!error)
				error = append(list, certificate_json(&certificate));
			page.after = serials[i];
		}
	}
	return error;
}

static int add_domains(struct store_txn *txn, struct site_request *request, json_t *list)
{
	struct store_domain *rows;
	size_t count = PAGE;
	int64_t after = 0;
	int error = XICA_OK;
	while (!error && count == PAGE) {
		error = store_domain_list(txn, request->person.id, request->now, after, PAGE, &request->arena, &rows, &count);
		for (size_t i = 0; !error && i < count; i++) {
			const struct store_authz *authz = &rows[i].authz;
			error = append(list, json_pack("{s:o, s:b, s:I, s:I}", "domain", site_json_text(authz->identifier.value), "wildcard",
						       authz->identifier.wildcard, "proven", (json_int_t)authz->created, "expires", (json_int_t)authz->expires));
			after = authz->id;
		}
	}
	return error;
}

static json_t *person_json(const struct store_person *person)
{
	return json_pack("{s:I, s:o, s:o, s:I, s:b, s:b, s:i}", "id", (json_int_t)person->id, "address", site_json_text(person->address), "language",
			 site_json_text(person->language), "created", (json_int_t)person->created, "totp", person->totp_secret.len != 0, "operator",
			 person->is_operator, "notices", (int)person->notices);
}

int who_export(struct store_txn *txn, struct site_request *request)
{
	static const struct {
		const char *name;
		int (*add)(struct store_txn *txn, struct site_request *request, json_t *list);
	} PARTS[] = {{"sessions", add_sessions}, {"devices", add_devices}, {"passkeys", add_passkeys}, {"keys", add_keys}, {"accounts", add_accounts},
		     {"domains", add_domains}, {"certificates", add_certificates}, {"history", add_events}};
	const char *who = arena_printf(&request->arena, "%lld", (long long)request->person.id);
	int error = who ? site_try_begin(txn, request, SITE_TRY_EXPORT, view_str(who)) : XICA_ENOMEM;
	if (!error)
		error = site_answer(request, json_pack("{s:o}", "person", person_json(&request->person)));
	for (size_t i = 0; !error && i < sizeof(PARTS) / sizeof(PARTS[0]); i++) {
		json_t *list = json_array();
		error = json_object_set_new(request->result, PARTS[i].name, list) ? XICA_ENOMEM : PARTS[i].add(txn, request, list);
	}
	request->file_name = "xica-export.json";
	return error;
}
