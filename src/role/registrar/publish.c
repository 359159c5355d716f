// Documents that every front serves on the HTTP port: CA certificates and CRLs. Pushed when a front comes and whenever one changes, whole, so that a front
// swaps the old for the new at once.
//
// There may be thousands of documents, and a front that reads slowly must not be taken for gone for that (IPC_QUEUED_MAX): one that comes gets the next only when the kernel has
// taken those before. What changes meanwhile goes to it at once.
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/shared_bytes.h"
#include "role/registrar/registrar.h"

enum { SHARED_FROM = 64 * 1024, PAUSE_US = 2000 }; // bytes: a CRL of many entries; all else is short

struct publication {
	struct publication *next;
	char *path;
	struct buf message; // IPC_PUBLISH as it is sent
	int fd;             // of the body, where all fronts read it from the same memory; -1: it stands in the message
};

static struct publication *find_or_add(struct registrar *registrar, const char *path)
{
	struct publication *publication = registrar->publications;
	while (publication && !view_equal(view_str(publication->path), view_str(path)))
		publication = publication->next;
	if (publication)
		return publication;
	publication = calloc(1, sizeof(*publication));
	if (!publication || !(publication->path = strdup(path))) {
		free(publication);
		return NULL;
	}
	publication->fd = -1;
	publication->next = registrar->publications;
	registrar->publications = publication;
	return publication;
}

static void close_body(struct publication *publication)
{
	if (publication->fd >= 0)
		(void)close(publication->fd);
	publication->fd = -1;
}

void registrar_publications_free(struct registrar *registrar)
{
	if (registrar->publish_timer)
		event_free(registrar->publish_timer);
	while (registrar->publications) {
		struct publication *publication = registrar->publications;
		registrar->publications = publication->next;
		free(publication->path);
		buf_free(&publication->message);
		close_body(publication);
		free(publication);
	}
}

static void push(struct ipc_channel *front, const struct publication *publication)
{
	size_t fd_count = publication->fd >= 0;
	int error = publication->message.len ? ipc_channel_send_fds(front, &publication->message, &publication->fd, fd_count) : XICA_OK;
	if (error && error != XICA_ECLOSED) // one that went gets all when it is back
		log_error("%s could not be handed to a front: %s (are there enough descriptors, LimitNOFILE?)", publication->path, xica_strerror(error));
}

// Behind all that there is: what it wasn't given doesn't exist.
static void tell_whole(struct ipc_channel *front)
{
	cleanup_buf message = BUF_INIT;
	ipc_message_begin(&message, IPC_PUBLISH, 0);
	ipc_message_add_str(&message, IPC_URL, "/");
	int error = ipc_channel_send(front, &message);
	if (error && error != XICA_ECLOSED)
		log_error("a front could not be told that it has all documents: %s", xica_strerror(error));
}

// True: the rest must wait.
static bool hand_over(struct registrar *registrar, unsigned front)
{
	struct ipc_channel *channel = registrar->fronts[front];
	while (channel && registrar->front_next[front] && !ipc_channel_queued(channel)) {
		const struct publication *publication = registrar->front_next[front];
		registrar->front_next[front] = publication->next;
		push(channel, publication);
	}
	if (channel && registrar->front_next[front])
		return true;
	if (registrar_crls_due(registrar))
		return false; // the first ones are still being made, which calls again
	if (channel)
		tell_whole(channel);
	registrar->front_waits[front] = false;
	return false;
}

void registrar_publish_go_on(struct registrar *registrar)
{
	static const struct timeval PAUSE = {0, PAUSE_US};
	bool waits = false;
	for (unsigned i = 0; i < REGISTRAR_FRONTS_MAX; i++)
		waits |= registrar->front_waits[i] && hand_over(registrar, i);
	if (waits && event_add(registrar->publish_timer, &PAUSE))
		log_error("out of memory: a front doesn't get all CRLs and certificates");
}

static void go_on_due(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	registrar_publish_go_on(context);
}

int registrar_publish_start(struct registrar *registrar)
{
	registrar->publish_timer = evtimer_new(registrar->role->base, go_on_due, registrar);
	return registrar->publish_timer ? XICA_OK : XICA_ENOMEM;
}

void registrar_publish_all(struct registrar *registrar, unsigned front)
{
	registrar->front_next[front] = registrar->publications;
	registrar->front_waits[front] = true;
	registrar_publish_go_on(registrar);
}

int registrar_publish(struct registrar *registrar, const char *path, const char *content_type, struct view body, xica_time modified,
		      xica_time expires)
{
	struct publication *publication = find_or_add(registrar, path);
	if (!publication)
		return XICA_ENOMEM;
	buf_clear(&publication->message);
	close_body(publication);
	if (body.len >= SHARED_FROM) {
		int failed = shared_bytes_make(body, "xica-document", &publication->fd);
		if (failed) {
			log_error("%s of %zu bytes has no place in memory that fronts can read: %s. Each long CRL takes a descriptor and its length: raise"
				  " LimitNOFILE and MemoryMax of xicad's unit, or configure fewer crl { shards }", path, body.len, strerror(errno));
			return failed;
		}
	}
	ipc_message_begin(&publication->message, IPC_PUBLISH, 0);
	ipc_message_add_str(&publication->message, IPC_URL, path);
	ipc_message_add_str(&publication->message, IPC_CONTENT_TYPE, content_type);
	if (publication->fd < 0)
		ipc_message_add(&publication->message, IPC_BODY, body);
	ipc_message_add_u64(&publication->message, IPC_TIME, (uint64_t)modified);
	if (expires)
		ipc_message_add_u64(&publication->message, IPC_EXPIRES, (uint64_t)expires);
	int error = buf_error(&publication->message);
	for (unsigned i = 0; !error && i < REGISTRAR_FRONTS_MAX; i++)
		if (registrar->fronts[i])
			push(registrar->fronts[i], publication);
	registrar_publish_go_on(registrar);
	return error;
}
