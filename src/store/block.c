#include "store/block.h"

#include "store/sql.h"

// "example.org" as "org.example."
static void add_name_key(struct buf *out, struct view name)
{
	size_t end = name.len;
	while (end) {
		size_t start = end;
		while (start && name.ptr[start - 1] != '.')
			start--;
		buf_add(out, view_sub(name, start, end - start));
		buf_add_byte(out, '.');
		end = start ? start - 1 : 0;
	}
}

static void add_key(struct buf *out, enum store_block_kind kind, struct view value)
{
	if (kind == STORE_BLOCK_NAME)
		add_name_key(out, value);
	else
		buf_add(out, value);
}

int store_block_put(struct store_txn *txn, const struct store_block *block)
{
	cleanup_buf key = BUF_INIT;
	add_key(&key, block->kind, block->value);
	if (buf_error(&key))
		return XICA_ENOMEM;
	cleanup_sql q = sql_begin(txn, "INSERT INTO blocked (kind, key, value, below, reason, who, time) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (kind, key)"
				       " DO UPDATE SET below = max(below, excluded.below), reason = CASE excluded.reason WHEN '' THEN reason ELSE excluded.reason END,"
				       " who = excluded.who, time = excluded.time WHERE excluded.below > below OR excluded.reason NOT IN ('', reason)");
	sql_bind_int(&q, block->kind);
	sql_bind_text(&q, buf_view(&key));
	sql_bind_text(&q, block->value);
	sql_bind_int(&q, block->below);
	sql_bind_text(&q, block->reason);
	sql_bind_text(&q, block->who);
	sql_bind_int(&q, block->time);
	return sql_run(&q);
}

int store_block_delete(struct store_txn *txn, enum store_block_kind kind, struct view value)
{
	cleanup_buf key = BUF_INIT;
	add_key(&key, kind, value);
	if (buf_error(&key))
		return XICA_ENOMEM;
	cleanup_sql q = sql_begin(txn, "DELETE FROM blocked WHERE kind = ?1 AND key = ?2");
	sql_bind_int(&q, kind);
	sql_bind_text(&q, buf_view(&key));
	int error = sql_run_cas(&q);
	return error == XICA_ECONFLICT ? XICA_ENOTFOUND : error;
}

static struct store_block read_row(struct sql *q, enum store_block_kind kind, struct arena *arena)
{
	return (struct store_block){.kind = kind, .value = sql_view(q, 0, arena), .below = sql_int(q, 1), .reason = sql_view(q, 2, arena), .who = sql_view(q, 3, arena),
				    .time = sql_int(q, 4)};
}

int store_block_get(struct store_txn *txn, enum store_block_kind kind, struct view value, struct arena *arena, struct store_block *ret_block)
{
	cleanup_buf key = BUF_INIT;
	add_key(&key, kind, value);
	if (buf_error(&key))
		return XICA_ENOMEM;
	cleanup_sql q = sql_begin(txn, "SELECT value, below, reason, who, time FROM blocked WHERE kind = ?1 AND key = ?2");
	sql_bind_int(&q, kind);
	sql_bind_text(&q, buf_view(&key));
	int error = sql_row(&q);
	if (error)
		return error;
	*ret_block = read_row(&q, kind, arena);
	return sql_error(&q);
}

int store_block_list(struct store_txn *txn, enum store_block_kind kind, struct view after, size_t limit, struct arena *arena, struct store_block **ret_list,
		     size_t *ret_count)
{
	cleanup_buf key = BUF_INIT;
	add_key(&key, kind, after);
	cleanup_sql q = sql_begin(txn, "SELECT value, below, reason, who, time, key FROM blocked WHERE kind = ?1 AND key > ?2 ORDER BY key LIMIT ?3");
	struct store_block *list = NULL;
	size_t count = 0;
	int error = buf_error(&key);
	sql_bind_int(&q, kind);
	sql_bind_text(&q, buf_view(&key));
	sql_bind_size(&q, limit);
	while (!error && !(error = sql_row(&q))) {
		list = sql_grow(arena, list, count, sizeof(*list));
		if (!list)
			return XICA_ENOMEM;
		cleanup_buf place = BUF_INIT;
		add_key(&place, kind, sql_borrow(&q, 0));
		list[count] = read_row(&q, kind, arena);
		list[count++].misplaced = !view_equal(buf_view(&place), sql_borrow(&q, 5));
		error = sql_error(&q);
	}
	if (error != XICA_ENOTFOUND)
		return error;
	*ret_list = list;
	*ret_count = count;
	return XICA_OK;
}

// --- looking names up

static int any(struct store_txn *txn, bool *ret_any)
{
	cleanup_sql q = sql_begin(txn, "SELECT 1 FROM blocked WHERE kind = 1 LIMIT 1");
	int error = sql_row(&q);
	*ret_any = !error;
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

// The row of this key: does it block the name that is the key itself (whole), or one below it?
static int look(struct store_txn *txn, struct view key, bool whole, bool *ret_covers)
{
	cleanup_sql q = sql_begin(txn, "SELECT below FROM blocked WHERE kind = 1 AND key = ?1");
	sql_bind_text(&q, key);
	int error = sql_row(&q);
	if (!error)
		*ret_covers = whole || sql_int(&q, 0);
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

// One label below the key, and no dot within it: what a wildcard stands for.
static int look_below(struct store_txn *txn, struct view key, bool *ret_covers)
{
	cleanup_sql q = sql_begin(txn, "SELECT 1 FROM blocked WHERE kind = 1 AND key > ?1 AND key < substr(?1, 1, length(?1) - 1) || '/'"
				       " AND instr(substr(key, length(?1) + 1), '.') = length(key) - length(?1) LIMIT 1");
	sql_bind_text(&q, key);
	int error = sql_row(&q);
	if (!error)
		*ret_covers = true;
	return error == XICA_ENOTFOUND ? XICA_OK : error;
}

int store_block_covers(struct store_txn *txn, struct view name, bool wildcard, bool *ret_covers)
{
	cleanup_buf key = BUF_INIT;
	bool covers = false, are_some = false;
	int error = any(txn, &are_some);
	if (error || !are_some) {
		if (!error)
			*ret_covers = false;
		return error;
	}
	add_name_key(&key, name);
	error = buf_error(&key);
	struct view all = buf_view(&key);
	for (size_t i = 0; !error && !covers && i < all.len; i++)
		if (all.ptr[i] == '.')
			error = look(txn, view_sub(all, 0, i + 1), i + 1 == all.len, &covers);
	if (!error && !covers && wildcard)
		error = look_below(txn, all, &covers);
	if (!error)
		*ret_covers = covers;
	return error;
}
