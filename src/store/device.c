#include "store/device.h"

#include "store/sql.h"

static int see_again(struct store_txn *txn, int64_t person, const uint8_t hash[STORE_HASH_LEN], xica_time now)
{
	cleanup_sql q = sql_begin(txn, "UPDATE device SET seen = ?3 WHERE person_id = ?1 AND hash = ?2");
	sql_bind_int(&q, person);
	sql_bind_hash(&q, hash);
	sql_bind_int(&q, now);
	return sql_run_cas(&q);
}

int store_device_see(struct store_txn *txn, int64_t person, const uint8_t hash[STORE_HASH_LEN], xica_time now, bool *ret_new)
{
	int error = see_again(txn, person, hash, now);
	if (error && error != XICA_ECONFLICT)
		return error;
	bool is_new = error;
	if (is_new) {
		cleanup_sql q = sql_begin(txn, "INSERT INTO device (person_id, hash, created, seen) VALUES (?1, ?2, ?3, ?3)");
		sql_bind_int(&q, person);
		sql_bind_hash(&q, hash);
		sql_bind_int(&q, now);
		error = sql_run(&q);
		if (error)
			return error;
	}
	*ret_new = is_new;
	return 0;
}

int store_device_any(struct store_txn *txn, int64_t person, bool *ret_any)
{
	cleanup_sql q = sql_begin(txn, "SELECT 1 FROM device WHERE person_id = ?1 LIMIT 1");
	sql_bind_int(&q, person);
	int error = sql_row(&q);
	if (error && error != XICA_ENOTFOUND)
		return error;
	*ret_any = !error;
	return 0;
}

int store_device_list(struct store_txn *txn, int64_t person, size_t limit, struct arena *arena, struct store_device **ret_list, size_t *ret_count)
{
	cleanup_sql q = sql_begin(txn, "SELECT hash, created, seen FROM device WHERE person_id = ?1 ORDER BY seen DESC, hash DESC LIMIT ?2");
	sql_bind_int(&q, person);
	sql_bind_size(&q, limit);
	struct store_device *list = NULL;
	size_t count = 0;
	int error;
	while (!(error = sql_row(&q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		struct store_device *device = &list[count++];
		*device = (struct store_device){.person = person, .created = sql_int(&q, 1), .seen = sql_int(&q, 2)};
		sql_hash(&q, 0, device->hash);
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return 0;
}
