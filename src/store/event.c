#include "store/event.h"

#include "store/sql.h"

int store_event_insert(struct store_txn *txn, const struct store_event *event)
{
	cleanup_sql q = sql_begin(txn, "INSERT INTO event (person_id, time, what, remote, detail) VALUES (?1, ?2, ?3, ?4, ?5)");
	sql_bind_int(&q, event->person);
	sql_bind_int(&q, event->time);
	sql_bind_text(&q, event->what);
	sql_bind_text(&q, event->remote);
	sql_bind_text(&q, event->detail);
	return sql_run(&q);
}

int store_event_list(struct store_txn *txn, int64_t person, int64_t before, size_t limit, struct arena *arena, struct store_event **ret_list,
		     size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT id, time, what, remote, detail FROM event WHERE person_id = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3");
	sql_bind_int(&q, person);
	sql_bind_int(&q, before ? before : INT64_MAX);
	sql_bind_size(&q, limit);
	struct store_event *list = NULL;
	size_t count = 0;
	int error;
	while (!(error = sql_row(&q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		list[count++] = (struct store_event){
			.id = sql_int(&q, 0),
			.person = person,
			.time = sql_int(&q, 1),
			.what = sql_view(&q, 2, arena),
			.remote = sql_view(&q, 3, arena),
			.detail = sql_view(&q, 4, arena),
		};
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}
