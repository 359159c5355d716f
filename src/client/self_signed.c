#include "client/self_signed.h"

#include "base/file.h"

enum { FILE_MAX = 1 << 20 };

bool client_may_replace(const char *path, const struct client_lineage *lineage)
{
	cleanup_arena arena = ARENA_INIT;
	cleanup_trouble none = CLIENT_TROUBLE_INIT;
	cleanup_buf pem = BUF_INIT;
	struct client_chain chain;
	if (!file_exists(path))
		return true;
	int error = file_read(path, FILE_MAX, &pem);
	if (!error)
		error = client_chain_read(buf_view(&pem), &arena, &chain, &none);
	buf_wipe(&pem);
	if (error)
		return false;
	return pki_certificate_self_issued(&chain.list[0]) || client_chain_names(&chain, &lineage->names[0]);
}
