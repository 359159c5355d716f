// A server that gets its certificate itself, by libxica, and shows the proof in its own process: here by http-01. An XMPP server asks for
// XICA_PROOF_XMPP_01 instead, and puts value into the features of its encrypted streams to where; the rest is the same.
//   cc -o get get.c $(pkg-config --cflags --libs xica) -pthread
//   ./get https://ca.example.net/acme/directory roots.pem 80 example.org conference.example.org
#include <arpa/inet.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xica.h>

static struct { char where[300], value[300]; } shown[100]; // what the server shows now: read by its thread while xica_get runs in another
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int put(const char *slot, const char *where, const char *value) // into the one that is for slot: "" is free
{
	int i;
	pthread_mutex_lock(&lock);
	for (i = 0; i < 100 && strcmp(shown[i].where, slot);) i++;
	if (i < 100) {
		snprintf(shown[i].where, sizeof(shown[i].where), "%s", where);
		snprintf(shown[i].value, sizeof(shown[i].value), "%s", value);
	}
	pthread_mutex_unlock(&lock);
	return i < 100 ? 0 : -1;
}

static int show(const struct xica_challenge *challenge, void *server) { return (void)server, put("", challenge->where, challenge->value); }
static void hide(const struct xica_challenge *challenge, void *server) { (void)server, put(challenge->where, "", ""); }
static int agree(const char *terms_url, void *server) { return (void)server, printf("terms of service: %s\n", terms_url) > 0; } // ask your user

static void *serve(void *listener)
{
	for (int fd; (fd = accept(*(int *)listener, NULL, NULL)) >= 0; close(fd)) {
		char request[2048] = "", *path = request + strlen("GET ");
		ssize_t len = read(fd, request, sizeof(request) - 1);
		path[strcspn(path, " \r\n")] = '\0';
		pthread_mutex_lock(&lock);
		for (int i = 0; i < 100 && len > 5; i++)
			if (!strcmp(path, shown[i].where))
				dprintf(fd, "HTTP/1.0 200 OK\r\n\r\n%s", shown[i].value);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static int file(const char *path, const char *text, char *content, size_t room) // writes text, or where that is NULL reads
{
	int fd = open(path, text ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY, 0600);
	ssize_t len = fd < 0 ? 0 : text ? write(fd, text, strlen(text)) : read(fd, content, room);
	return (fd < 0 || !close(fd)) && len > 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
	static char account[4096], roots[65536]; // the account is this key's: make it once, and keep it
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(argc > 4 ? atoi(argv[3]) : 0)};
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, result = setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	struct xica_order order = XICA_ORDER_INIT;
	struct xica_certificate *got = NULL;
	struct xica_trouble *trouble = NULL;
	pthread_t thread;
	char *made = NULL;
	if (argc < 5 || result || bind(listener, (struct sockaddr *)&here, sizeof(here)) || listen(listener, 10) ||
	    pthread_create(&thread, NULL, serve, &listener) || file(argv[2], NULL, roots, sizeof(roots) - 1) ||
	    (file("account.pem", NULL, account, sizeof(account) - 1) && (xica_key_make(&made) || file("account.pem", made, NULL, 0))))
		return perror("get DIRECTORY-URL ROOTS PORT NAME..."), 2;
	order.directory_url = argv[1], order.roots_pem = roots, order.account_key_pem = made ? made : account;
	order.names = (const char *const *)argv + 4, order.name_count = (size_t)argc - 4;
	order.proof = XICA_PROOF_HTTP_01, order.show = show, order.hide = hide, order.agree = agree;
	if ((result = xica_get(&order, &got, &trouble)))
		printf("%s\n", trouble ? trouble->text : xica_result_text(result));
	else if (!file("key.pem", got->key_pem, NULL, 0) && !file("chain.pem", got->chain_pem, NULL, 0))
		printf("key.pem and chain.pem are good until %lld\n", (long long)got->not_after);
	xica_certificate_free(got), xica_trouble_free(trouble), xica_free(made);
	return result != XICA_DONE;
}
