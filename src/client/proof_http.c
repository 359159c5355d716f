// http-01 (RFC 8555 §8.3): a file below the root of a web server, or a server of our own on port 80 for as long as it takes.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "client/http_answer.h"
#include "client/listener.h"

static const char *path_of(const struct client_proof *proof, const char *token, struct arena *arena)
{
	return arena_printf(arena, "%s/.well-known/acme-challenge/%s", proof->options->webroot, token);
}

static int make_folders(const char *webroot, struct client_trouble *trouble)
{
	static const char *const BELOW[] = {"/.well-known", "/.well-known/acme-challenge"};
	cleanup_arena arena = ARENA_INIT;
	for (size_t i = 0; i < 2; i++) {
		const char *folder = arena_printf(&arena, "%s%s", webroot, BELOW[i]);
		int error = folder ? file_make_folder(folder, 0755) : XICA_ENOMEM;
		if (error)
			return client_trouble_is(trouble, error, "the folder %s can't be made: %s. --webroot wants the folder that the web server serves as /",
						 folder ? folder : webroot, strerror(errno));
	}
	return XICA_OK;
}

static int write_files(struct client_proof *proof, struct client_trouble *trouble)
{
	cleanup_arena arena = ARENA_INIT;
	int error = make_folders(proof->options->webroot, trouble);
	for (size_t i = 0; !error && i < proof->job_count; i++) {
		struct client_proof_job *job = &proof->jobs[i];
		const char *path = path_of(proof, job->token, &arena);
		job->set = path != NULL;
		error = path ? file_replace(path, 0644, view_str(job->key_authorization)) : XICA_ENOMEM;
		if (error && path)
			error = client_trouble_is(trouble, error, "%s can't be written: %s", path, strerror(errno));
	}
	return error;
}

static int set(struct client_proof *proof, struct client_trouble *trouble)
{
	if (proof->options->webroot)
		return write_files(proof, trouble);
	const struct client_listener listener = {proof->options->http_port, client_http_answer, proof,
						 "Is a web server on it? Then give its folder by --webroot, or take --proof xmpp or --proof dns."};
	return client_listener_start(&listener, &proof->listener, trouble);
}

static void clear(struct client_proof *proof)
{
	cleanup_arena arena = ARENA_INIT;
	client_listener_stop(&proof->listener);
	for (size_t i = 0; i < proof->job_count; i++) {
		const char *path = proof->jobs[i].set ? path_of(proof, proof->jobs[i].token, &arena) : NULL;
		if (path)
			(void)unlink(path);
	}
}

const struct client_proof_kind client_proof_http = {
	"http", "http-01", set, clear,
	"The CA has to reach port 80 of every address that the name has in the DNS, and to find this machine's answer there. Where that can't be, take --proof xmpp or --proof dns."};
