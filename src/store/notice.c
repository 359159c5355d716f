#include "store/notice.h"

#include <string.h>

#include "store/sql.h"

// Those for which exactly this one went out last: a range of the index each.
static int due_after(struct store_txn *txn, enum store_notice last, xica_time now, xica_time until, size_t limit, struct arena *arena,
		     struct view **ret_serials, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT serial FROM certificate WHERE status = 2 AND person_id IS NOT NULL AND noticed = ?1 AND not_after > ?2"
				       " AND not_after <= ?3 ORDER BY not_after LIMIT ?4");
	sql_bind_int(&q, last);
	sql_bind_int(&q, now);
	sql_bind_int(&q, until);
	sql_bind_size(&q, limit);
	return sql_all_views(&q, arena, ret_serials, ret_count);
}

int store_notice_due(struct store_txn *txn, enum store_notice notice, xica_time now, xica_time until, size_t limit, struct arena *arena,
		     struct view **ret_serials, size_t *ret_count)
{
	struct view *parts[STORE_NOTICE_LAST] = {NULL};
	size_t counts[STORE_NOTICE_LAST] = {0}, total = 0;
	if (notice < STORE_NOTICE_FIRST || notice > STORE_NOTICE_LAST)
		return XICA_EINVAL;
	for (unsigned last = STORE_NOTICE_NONE; last < notice; last++) {
		int error = due_after(txn, (enum store_notice)last, now, until, limit - total, arena, &parts[last], &counts[last]);
		if (error)
			return error;
		total += counts[last];
	}
	struct view *serials = arena_array(arena, total + 1, sizeof(*serials));
	if (!serials)
		return XICA_ENOMEM;
	size_t at = 0;
	for (unsigned last = STORE_NOTICE_NONE; last < notice; at += counts[last++])
		if (counts[last])
			memcpy(&serials[at], parts[last], counts[last] * sizeof(*serials));
	*ret_serials = serials;
	*ret_count = total;
	return 0;
}

int store_notice_done(struct store_txn *txn, struct view serial, enum store_notice notice)
{
	cleanup_sql q = sql_begin(txn, "UPDATE certificate SET noticed = ?2 WHERE serial = ?1 AND noticed < ?2");
	sql_bind_blob(&q, serial);
	sql_bind_int(&q, notice);
	return sql_run_cas(&q);
}
