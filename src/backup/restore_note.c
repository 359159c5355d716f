// A restore's own line in the audit log: that the database is another one from here on, and by which backup. Nobody else has the log now: no xicad runs on the state folder.
#include <stdio.h>
#include <unistd.h>

#include "backup/restoring.h"
#include "role/audit/audit.h"
#include "store/audit_head.h"

static json_t *line_json(const struct restoring *r)
{
	const struct backup_recovered *found = &r->done->recovered;
	char by[48];
	(void)snprintf(by, sizeof(by), "uid %lu (xica restore)", (unsigned long)getuid());
	return json_pack("{s:s, s:{s:O*, s:I, s:s}, s:b, s:I, s:I, s:I, s:I, s:I}", "by", by, "backup", "made", json_object_get(r->manifest, "made"), "size",
			 (json_int_t)r->log_size, "hash", r->log_hash, "log_kept", r->done->log_kept, "certificates", (json_int_t)found->certificates, "revocations",
			 (json_int_t)found->revocations, "accounts", (json_int_t)found->accounts, "keys", (json_int_t)found->keys, "acts",
			 (json_int_t)found->acts.done);
}

static int add_line(struct restoring *r, struct audit_head *ret_head)
{
	struct audit *audit = NULL;
	cleanup_buf notice = BUF_INIT;
	json_t *line = line_json(r);
	int error = line ? audit_open(r->config->audit_log, &audit, &notice) : XICA_ENOMEM;
	if (error) {
		json_decref(line);
		return error;
	}
	error = audit_add(audit, "restore", line, r->options->now);
	if (!error)
		error = audit_commit(audit);
	*ret_head = audit_head_of(audit);
	audit_close(audit);
	return error;
}

static int keep_head(struct store_txn *txn, void *context)
{
	const struct audit_head *head = context;
	return store_audit_head_put(txn, &(struct store_audit_head){head->size, view_str(head->hash)});
}

int restoring_note(struct restoring *r)
{
	struct store *store = NULL;
	struct audit_head head;
	int error = add_line(r, &head);
	if (error)
		return restoring_failed(r, r->config->audit_log, error);
	error = store_open(&(struct store_options){.path = buf_cstr(&r->database)}, &store, r->why);
	if (!error)
		error = store_run(store, keep_head, &head);
	store_close(store);
	return error ? restoring_failed(r, buf_cstr(&r->database), error) : XICA_OK;
}
