// Who else is concerned by a certificate is told by letter, whatever they have switched off: it may be the first sign that somebody has their domain in hand.
#include "pki/names.h"
#include "site/report.h"
#include "site/site.h"
#include "store/domain.h"

enum { TOLD_MAX = 64, LEVELS_MAX = 16 }; // LEVELS_MAX: as far as authorizations of domains above are looked for (role/registrar/authz.c)

struct telling {
	struct store_txn *txn;
	struct site_report *report;
	const struct store_certificate *certificate;
	int64_t told[TOLD_MAX]; // each person once, however many of the names are theirs
	size_t told_count;
};

bool site_report_beside_its_domain(const struct store_certificate *certificate, struct view name)
{
	struct view service, domain;
	if (pki_srv_name_split(name, &service, &domain))
		return false;
	for (size_t i = 0; i < certificate->name_count; i++)
		if (view_equal(certificate->names[i], domain))
			return true;
	return false;
}

// The domain that a name is about.
static struct view domain_of(struct view name)
{
	struct view service, domain;
	if (!pki_srv_name_split(name, &service, &domain))
		return domain;
	return view_starts(name, VIEW_LIT("*.")) ? view_sub(name, 2, SIZE_MAX) : name;
}

static int tell(struct telling *telling, int64_t id, const char *letter, struct view domain)
{
	struct store_person person;
	int error = store_person_get(telling->txn, id, telling->report->arena, &person);
	if (error)
		return error;
	json_t *values = site_report_values(telling->report, telling->certificate);
	(void)json_object_set_new(values, "domain", site_json_text(domain));
	return site_report_send(telling->txn, telling->report, &(struct site_report_letter){letter, SITE_REPORT_ALWAYS, &person, values});
}

static bool is_told(const struct telling *telling, int64_t id)
{
	for (size_t i = 0; i < telling->told_count; i++)
		if (telling->told[i] == id)
			return true;
	return false;
}

static int tell_all(struct telling *telling, const int64_t *persons, size_t count, const char *letter, struct view domain)
{
	int error = XICA_OK;
	for (size_t i = 0; !error && i < count && telling->told_count < TOLD_MAX; i++) {
		if (is_told(telling, persons[i]))
			continue;
		telling->told[telling->told_count++] = persons[i];
		error = tell(telling, persons[i], letter, domain);
	}
	return error;
}

// Those who hold the domain itself: of every certificate.
static int tell_owners(struct telling *telling, struct view domain)
{
	const struct site_report *report = telling->report;
	int64_t *persons;
	size_t count;
	int error = store_domain_owners(telling->txn, domain, telling->certificate->account, report->now, report->arena, &persons, &count);
	return error ? error : tell_all(telling, persons, count, "other-account", domain);
}

// Those who answer for the names below a domain above it: of the first one that an account gets for a name. Somebody who hosts others' servers below a domain would else hear of
// each renewal.
static int tell_above(struct telling *telling, struct view name)
{
	const struct store_certificate *certificate = telling->certificate;
	struct arena *arena = telling->report->arena;
	struct view domain = domain_of(name), above = domain;
	int64_t *persons;
	size_t count, dot;
	bool had;
	int error = store_domain_had(telling->txn, name, certificate, &had);
	if (error || had)
		return error;
	for (unsigned level = 0; !error && level < LEVELS_MAX && (dot = view_index(above, '.', 0)) != SIZE_MAX; level++) {
		above = view_sub(above, dot + 1, SIZE_MAX);
		if (!pki_ancestor_covers(above, domain))
			continue;
		error = store_domain_owners_above(telling->txn, above, level == 0, certificate->account, telling->report->now, arena, &persons, &count);
		if (!error)
			error = tell_all(telling, persons, count, "other-account-below", above);
	}
	return error;
}

int site_report_others(struct store_txn *txn, struct site_report *report, const struct store_certificate *certificate)
{
	struct telling telling = {.txn = txn, .report = report, .certificate = certificate};
	int error = XICA_OK;
	for (size_t i = 0; !error && i < certificate->name_count; i++)
		if (!site_report_beside_its_domain(certificate, certificate->names[i]))
			error = tell_owners(&telling, domain_of(certificate->names[i]));
	for (size_t i = 0; !error && i < certificate->name_count; i++)
		if (!site_report_beside_its_domain(certificate, certificate->names[i]))
			error = tell_above(&telling, certificate->names[i]);
	return error;
}
