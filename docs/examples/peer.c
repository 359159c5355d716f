// What an XMPP server does with libxica: look at the chain that a peer showed, and show a CA the proof of xmpp-01.
//
//   cc -o peer peer.c $(pkg-config --cflags --libs xica)
//   ./peer verify example.org s2s chain.pem [roots.pem [crls.pem]]
//   ./peer features example.org FOLDER
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xica.h>

// The whole file as a string; freed by free.
static char *read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	size_t room = 1 << 22, len;
	char *text = malloc(room);
	if (!file || !text) {
		perror(path);
		exit(2);
	}
	len = fread(text, 1, room - 1, file);
	text[len] = '\0';
	fclose(file);
	return text;
}

// In a server: the domain is the one that the stream is to or from, and the chain is what TLS got, as PEM.
static int verify(const char *domain, enum xica_role role, const char *chain, const char *roots, const char *crls)
{
	struct xica_question question = XICA_QUESTION_INIT;
	struct xica_verdict *verdict;
	question.domain = domain;
	question.role = role;
	question.chain_pem = chain;
	question.roots_pem = roots; // NULL: those of the system
	question.crls_pem = crls;   // NULL: revocation isn't looked at
	int result = xica_verify(&question, &verdict);
	if (result) { // no verdict is a refusal
		fprintf(stderr, "%s\n", xica_result_text(result));
		return 2;
	}
	int accepted = verdict->accepted;
	if (accepted)
		printf("accept: the %s %s\n", verdict->name_kind, verdict->name);
	for (size_t i = 0; i < verdict->reason_count; i++)
		printf("reject: %s: %s\n", verdict->reasons[i].word, verdict->reasons[i].text);
	xica_verdict_free(verdict);
	return accepted ? 0 : 1;
}

// In a server: what to put into the stream features of the domain, besides its own, once the stream is encrypted. Mostly nothing.
static int features(const char *domain, const char *folder)
{
	char *elements;
	int result = xica_xmpp01_shown(folder, domain, &elements);
	if (result) {
		fprintf(stderr, "%s\n", xica_result_text(result));
		return 2;
	}
	puts(elements);
	xica_free(elements);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "features"))
		return features(argv[2], argv[3]);
	if (argc < 5 || strcmp(argv[1], "verify"))
		return 2;
	char *chain = read_file(argv[4]), *roots = argc > 5 ? read_file(argv[5]) : NULL, *crls = argc > 6 ? read_file(argv[6]) : NULL;
	int code = verify(argv[2], strcmp(argv[3], "c2s") ? XICA_ROLE_S2S : XICA_ROLE_C2S, chain, roots, crls);
	free(chain);
	free(roots);
	free(crls);
	return code;
}
