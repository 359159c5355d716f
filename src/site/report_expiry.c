// Certificates that end soon. Each goes through three notices, the last one first: a person who hears of one day left needs none of twenty.
#include "site/report.h"
#include "store/statistic.h"

static const struct {
	enum store_notice notice;
	xica_time before;
} NOTICES[] = {{STORE_NOTICE_LAST, XICA_DAY}, {STORE_NOTICE_SECOND, 7 * XICA_DAY}, {STORE_NOTICE_FIRST, 20 * XICA_DAY}};

enum { NOTICE_COUNT = sizeof(NOTICES) / sizeof(NOTICES[0]), LIFE_PARTS = 3 };

// Twenty days are no news of a certificate that lives for six.
static bool is_worth_a_letter(const struct store_certificate *certificate, xica_time before)
{
	return certificate->not_after - certificate->not_before >= LIFE_PARTS * before;
}

static int tell(struct store_txn *txn, struct site_report *report, struct view serial, xica_time before)
{
	struct store_certificate certificate;
	struct view renewal;
	int error = store_certificate_get(txn, serial, report->arena, &certificate);
	if (error || !certificate.person || !is_worth_a_letter(&certificate, before))
		return error;
	error = store_certificate_renewed_by(txn, serial, report->arena, &renewal);
	if (error != XICA_ENOTFOUND)
		return error;
	xica_time days = (certificate.not_after - report->now + XICA_DAY - 1) / XICA_DAY;
	const char *text = arena_printf(report->arena, "%lld", (long long)days);
	return text ? site_report_letter_about(txn, report, &certificate, STORE_NOTIFY_EXPIRES, "days", text) : XICA_ENOMEM;
}

int site_report_expiry(struct store_txn *txn, struct site_report *report, bool *ret_more)
{
	bool more = false;
	for (size_t n = 0; n < NOTICE_COUNT; n++) {
		struct view *serials;
		size_t count;
		int error = store_notice_due(txn, NOTICES[n].notice, report->now, report->now + NOTICES[n].before, SITE_EXPIRY_PORTION, report->arena, &serials,
					     &count);
		for (size_t i = 0; !error && i < count; i++)
			if (!(error = tell(txn, report, serials[i], NOTICES[n].before)))
				error = store_notice_done(txn, serials[i], NOTICES[n].notice);
		if (error)
			return error;
		more |= count == SITE_EXPIRY_PORTION;
	}
	*ret_more = more;
	return XICA_OK;
}

int site_report_active(struct store_txn *txn, xica_time now)
{
	uint64_t active;
	int error = store_certificate_count_active(txn, now, &active);
	return error ? error : store_statistic_set(txn, now / XICA_DAY, VIEW_LIT("active"), (int64_t)active);
}
