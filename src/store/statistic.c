#include "store/statistic.h"

#include "store/sql.h"

int store_statistic_add(struct store_txn *txn, int64_t day, struct view what, int64_t n)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO statistic (day, what, value) VALUES (?1, ?2, ?3)"
				       " ON CONFLICT (day, what) DO UPDATE SET value = statistic.value + excluded.value");
	sql_bind_int(&q, day);
	sql_bind_text(&q, what);
	sql_bind_int(&q, n);
	return sql_run(&q);
}

int store_statistic_set(struct store_txn *txn, int64_t day, struct view what, int64_t value)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO statistic (day, what, value) VALUES (?1, ?2, ?3)"
				       " ON CONFLICT (day, what) DO UPDATE SET value = excluded.value");
	sql_bind_int(&q, day);
	sql_bind_text(&q, what);
	sql_bind_int(&q, value);
	return sql_run(&q);
}

int store_statistic_list(struct store_txn *txn, int64_t from, int64_t to, struct arena *arena, struct store_statistic **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT day, what, value FROM statistic WHERE day BETWEEN ?1 AND ?2 ORDER BY day, what");
	sql_bind_int(&q, from);
	sql_bind_int(&q, to);
	struct store_statistic *list = NULL;
	size_t count = 0;
	int error;
	while (!(error = sql_row(&q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = (struct store_statistic){.day = sql_int(&q, 0), .what = sql_view(&q, 1, arena), .value = sql_int(&q, 2)};
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}

int store_statistic_total(struct store_txn *txn, struct view what, int64_t *ret_total)
{
	cleanup_sql q = sql_begin(txn, "SELECT coalesce(sum(value), 0) FROM statistic WHERE what = ?1");
	sql_bind_text(&q, what);
	int error = sql_row(&q);
	if (!error)
		*ret_total = sql_int(&q, 0);
	return error;
}
