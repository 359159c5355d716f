// xmpp-01 (docs/acme-xmpp.md): files in a folder that a module of the XMPP server reads (docs/integrate.md).
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "client/proof.h"

static int write_file(const struct client_proof *proof, const struct client_proof_job *job, struct arena *arena, struct client_trouble *trouble)
{
	cleanup_buf text = BUF_INIT;
	const char *path = arena_printf(arena, "%s/%s", proof->options->challenge_folder, job->token);
	buf_addf(&text, "%.*s\n%s\n", VIEW_FMT(job->identifier.value), job->key_authorization);
	int error = path ? buf_error(&text) : XICA_ENOMEM;
	if (!error && (error = file_replace(path, 0644, buf_view(&text))))
		error = client_trouble_is(trouble, error, "%s can't be written: %s", path, strerror(errno));
	return error;
}

// /run is empty after each start of the machine: the folder above is made too.
static int make_folder(const char *folder, struct arena *arena)
{
	const char *slash = strrchr(folder, '/');
	const char *above = slash && slash > folder ? arena_strdup(arena, view_bytes(folder, (size_t)(slash - folder))) : "/";
	int error = above ? file_make_folder(above, 0755) : XICA_ENOMEM;
	return error ? error : file_make_folder(folder, 0755);
}

static int set(struct client_proof *proof, struct client_trouble *trouble)
{
	cleanup_arena arena = ARENA_INIT;
	const char *folder = proof->options->challenge_folder;
	proof->made_folder = !file_exists(folder);
	int error = make_folder(folder, &arena);
	if (error)
		return client_trouble_is(trouble, error, "the folder %s, in which the XMPP server looks for proofs, can't be made: %s", folder, strerror(errno));
	for (size_t i = 0; !error && i < proof->job_count; i++) {
		proof->jobs[i].set = true;
		error = write_file(proof, &proof->jobs[i], &arena, trouble);
	}
	return error;
}

static void clear(struct client_proof *proof)
{
	cleanup_arena arena = ARENA_INIT;
	for (size_t i = 0; i < proof->job_count; i++) {
		const char *path = proof->jobs[i].set ? arena_printf(&arena, "%s/%s", proof->options->challenge_folder, proof->jobs[i].token) : NULL;
		if (path)
			(void)unlink(path);
	}
	if (proof->made_folder) // it says that a server reads it: nobody did before
		(void)rmdir(proof->options->challenge_folder);
}

const struct client_proof_kind client_proof_xmpp = {
	"xmpp", "xmpp-01", set, clear,
	"Does the XMPP server run, with the module that shows the proofs of --challenges, and do the SRV records of the name lead to it?"};
