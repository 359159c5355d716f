#include "validate/curl_loop.h"

#include <stdlib.h>

struct curl_loop {
	struct event_base *base;
	CURLM *multi;
	struct event *timer;
};

struct curl_transfer {
	struct curl_loop *loop;
	CURL *easy;
	curl_loop_done *done;
	void *context;
};

// Ends what is finished. done may add and remove transfers, so each is taken off before it is told.
static void finish_transfers(struct curl_loop *loop)
{
	int left;
	for (CURLMsg *message; (message = curl_multi_info_read(loop->multi, &left));) {
		if (message->msg != CURLMSG_DONE)
			continue;
		CURL *easy = message->easy_handle;
		CURLcode code = message->data.result; // message is gone once its handle is removed
		struct curl_transfer *transfer = NULL;
		(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
		(void)curl_multi_remove_handle(loop->multi, easy);
		curl_loop_done *done = transfer->done;
		void *context = transfer->context;
		free(transfer);
		done(easy, code, context);
	}
}

static void act(struct curl_loop *loop, curl_socket_t fd, int what)
{
	int running;
	(void)curl_multi_socket_action(loop->multi, fd, what, &running);
	finish_transfers(loop);
}

static void on_socket(evutil_socket_t fd, short what, void *context)
{
	act(context, fd, (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0));
}

static void on_timer(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	act(context, CURL_SOCKET_TIMEOUT, 0);
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *socket_context)
{
	struct curl_loop *loop = context;
	struct event *event = socket_context;
	(void)easy;
	if (event)
		event_free(event);
	(void)curl_multi_assign(loop->multi, fd, NULL);
	if (what == CURL_POLL_REMOVE)
		return 0;
	short events = (short)(EV_PERSIST | (what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0));
	event = event_new(loop->base, fd, events, on_socket, loop);
	if (!event || event_add(event, NULL) || curl_multi_assign(loop->multi, fd, event)) {
		if (event)
			event_free(event);
		return -1;
	}
	return 0;
}

static int set_timer(CURLM *multi, long milliseconds, void *context)
{
	struct curl_loop *loop = context;
	(void)multi;
	if (milliseconds < 0)
		return event_del(loop->timer);
	struct timeval wait = {milliseconds / 1000, milliseconds % 1000 * 1000};
	return event_add(loop->timer, &wait);
}

int curl_loop_new(struct event_base *base, struct curl_loop **ret_loop)
{
	struct curl_loop *loop = calloc(1, sizeof(*loop));
	if (!loop)
		return XICA_ENOMEM;
	loop->base = base;
	loop->multi = curl_multi_init();
	loop->timer = evtimer_new(base, on_timer, loop);
	if (!loop->multi || !loop->timer) {
		curl_loop_free(loop);
		return XICA_ENOMEM;
	}
	(void)curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	(void)curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
	(void)curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	(void)curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
	*ret_loop = loop;
	return XICA_OK;
}

void curl_loop_free(struct curl_loop *loop)
{
	if (!loop)
		return;
	if (loop->multi)
		(void)curl_multi_cleanup(loop->multi);
	if (loop->timer)
		event_free(loop->timer);
	free(loop);
}

int curl_loop_add(struct curl_loop *loop, CURL *easy, curl_loop_done *done, void *context, struct curl_transfer **ret_transfer)
{
	struct curl_transfer *transfer = calloc(1, sizeof(*transfer));
	if (!transfer)
		return XICA_ENOMEM;
	*transfer = (struct curl_transfer){loop, easy, done, context};
	if (curl_easy_setopt(easy, CURLOPT_PRIVATE, transfer) != CURLE_OK || curl_multi_add_handle(loop->multi, easy) != CURLM_OK) {
		free(transfer);
		return XICA_ENOMEM;
	}
	*ret_transfer = transfer;
	return XICA_OK;
}

void curl_loop_remove(struct curl_transfer *transfer)
{
	if (!transfer)
		return;
	(void)curl_multi_remove_handle(transfer->loop->multi, transfer->easy);
	free(transfer);
}
