// A server that gets its certificate itself, by libxica, and shows the proof in its own process: here by http-01. An XMPP server asks for
// XICA_PROOF_XMPP_01 instead, and puts value into the features of its encrypted streams to where; the rest is the same.
//
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

static struct { char *where, *value; } shown[100]; // what the server shows now: read by its thread while xica_get runs in another
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int show(const struct xica_challenge *challenge, void *context)
{
	int *count = context;
	pthread_mutex_lock(&lock);
	shown[*count].where = strdup(challenge->where);
	shown[(*count)++].value = strdup(challenge->value);
	pthread_mutex_unlock(&lock);
	return 0; // it can be seen from now on
}

static void *serve(void *listener)
{
	for (int fd; (fd = accept(*(int *)listener, NULL, NULL)) >= 0; close(fd)) {
		char request[2048] = "", *path = request + strlen("GET ");
		if (read(fd, request, sizeof(request) - 1) < 8)
			continue;
		path[strcspn(path, " \r\n")] = '\0';
		pthread_mutex_lock(&lock);
		for (int i = 0; i < 100 && shown[i].where; i++)
			if (!strcmp(path, shown[i].where))
				dprintf(fd, "HTTP/1.0 200 OK\r\n\r\n%s", shown[i].value);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static int agree(const char *terms_url, void *context)
{
	return (void)context, printf("terms of service: %s\n", terms_url) > 0; // ask your user
}

static char *file(const char *path, const char *text) // writes text; without, reads what there is: NULL where there is nothing
{
	static char content[1 << 20];
	int fd = open(path, text ? O_WRONLY | O_CREAT | O_TRUNC : O_RDONLY, 0600);
	ssize_t len = fd < 0 ? 0 : text ? write(fd, text, strlen(text)) : read(fd, content, sizeof(content) - 1);
	return close(fd) || len <= 0 ? NULL : text ? (char *)text : strndup(content, (size_t)len);
}

int main(int argc, char **argv)
{
	struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons(argc > 4 ? atoi(argv[3]) : 0)};
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1, count = 0, result;
	char *account = file("account.pem", NULL); // the account is this key's: make it once, and keep it
	struct xica_certificate *got;
	struct xica_trouble *trouble = NULL;
	pthread_t thread;
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (argc < 5 || bind(listener, (struct sockaddr *)&here, sizeof(here)) || listen(listener, 10) || pthread_create(&thread, NULL, serve, &listener) ||
	    (!account && (xica_key_make(&account) || !file("account.pem", account))))
		return perror("get DIRECTORY-URL ROOTS PORT NAME..."), 2;
	struct xica_order order = XICA_ORDER_INIT;
	order.directory_url = argv[1], order.roots_pem = file(argv[2], NULL), order.account_key_pem = account;
	order.names = (const char *const *)argv + 4, order.name_count = (size_t)argc - 4;
	order.proof = XICA_PROOF_HTTP_01, order.show = show, order.agree = agree, order.context = &count;
	if ((result = xica_get(&order, &got, &trouble)))
		return printf("%s\n", trouble ? trouble->text : xica_result_text(result)), 1;
	if (!file("key.pem", got->key_pem) || !file("chain.pem", got->chain_pem))
		return perror("the certificate"), 2;
	printf("key.pem and chain.pem are good until %lld\n", (long long)got->not_after);
	return xica_certificate_free(got), 0;
}
