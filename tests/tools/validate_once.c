// Puts questions to the validating room and prints what it found, one JSON object a line, for tests against real servers.
//
// usage: validate-once [OPTION]... <questions
// A question is a line of words: challenge (or "caa:" and a method), identifier ("*.D" for a wildcard, a leading "_" for a service), token,
// account URL. All are asked at once; answers come in the order in which they are found.
#include <arpa/inet.h>
#include <curl/curl.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/tls.h"
#include "validate/curl_loop.h"
#include "validate/proof.h"
#include "validate/tls_alpn01.h"

static const uint8_t RECEIPT_KEY[RECEIPT_KEY_LEN] = "a key for tests, for them alone!";
static const uint8_t THUMBPRINT[CRYPTO_SHA256_LEN] = "thumbprint of the test's account";

enum { NETWORKS_MAX = 8 };

struct setting {
	struct dns_options dns;
	const char *identity;
	struct address_network networks[NETWORKS_MAX];
	struct challenge_tools tools;
	size_t open; // questions without an answer
};

struct question {
	struct setting *setting;
	char words[4][512];
	struct proof *proof;
};

static void print_receipt(json_t *list, struct view bytes)
{
	struct receipt receipt;
	if (receipt_read(bytes, view_bytes(RECEIPT_KEY, sizeof(RECEIPT_KEY)), &receipt)) {
		(void)json_array_append_new(list, json_string("unreadable"));
		return;
	}
	(void)json_array_append_new(list, json_pack("{s:s, s:s, s:s%, s:b, s:I}", "kind", receipt.kind == RECEIPT_CAA ? "caa" : "control", "method",
						    receipt_method_text(receipt.method), "identifier", receipt.identifier.value.ptr,
						    receipt.identifier.value.len, "wildcard", receipt.identifier.wildcard, "lifetime",
						    (json_int_t)(receipt.expires - receipt.seen)));
}

static void print(const struct question *question, const char *problem, const char *detail, const struct proof_result *result)
{
	json_t *receipts = json_array();
	for (size_t i = 0; result && i < result->receipt_count; i++)
		print_receipt(receipts, result->receipts[i]);
	json_t *line = json_pack("{s:s, s:s, s:s?, s:s, s:o}", "challenge", question->words[0], "identifier", question->words[1], "problem",
				 problem, "detail", detail, "receipts", receipts);
	char *text = json_dumps(line, JSON_COMPACT);
	puts(text ? text : "{}");
	(void)fflush(stdout);
	free(text);
	json_decref(line);
}

static void close_question(struct question *question)
{
	struct setting *setting = question->setting;
	free(question);
	if (!--setting->open)
		(void)event_base_loopbreak(setting->tools.base);
}

static void on_done(const struct proof_result *result, void *context)
{
	struct question *question = context;
	print(question, acme_problem_name(result->outcome.problem), result->outcome.detail, result);
	close_question(question);
}

static int ask(struct question *question)
{
	struct proof_request request = {.method = RECEIPT_OPERATOR, .account_url = view_str(question->words[3]), .token = view_str(question->words[2])};
	struct view name = view_str(question->words[1]), method = view_str(question->words[0]);
	struct view service;
	request.identifier.wildcard = view_starts(name, VIEW_LIT("*."));
	request.identifier.value = view_sub(name, request.identifier.wildcard ? 2 : 0, SIZE_MAX);
	request.identifier.type = pki_srv_name_split(name, &service, &request.identifier.value) ? PKI_IDENTIFIER_DNS : PKI_IDENTIFIER_SRV;
	memcpy(request.thumbprint, THUMBPRINT, sizeof(THUMBPRINT));
	request.expires = clock_now() + XICA_DAY;
	if (view_starts(method, VIEW_LIT("caa:"))) {
		if (receipt_method_parse(view_sub(method, 4, SIZE_MAX), &request.method))
			return XICA_EINVAL;
	} else if (!(request.challenge = challenge_find(method))) {
		return XICA_ENOTFOUND;
	}
	return proof_start(&question->setting->tools, view_bytes(RECEIPT_KEY, sizeof(RECEIPT_KEY)), &request, on_done, question, &question->proof);
}

static void read_questions(struct setting *setting)
{
	char line[2048];
	while (fgets(line, sizeof(line), stdin)) {
		struct question *question = calloc(1, sizeof(*question));
		if (!question)
			abort();
		question->setting = setting;
		size_t n = 0;
		for (char *rest = line, *word; n < 4 && (word = strsep(&rest, " \n"));)
			(void)snprintf(question->words[n++], sizeof(question->words[0]), "%s", word);
		setting->open++;
		int error = ask(question);
		if (error) {
			print(question, "refused", xica_strerror(error), NULL);
			close_question(question);
		}
	}
}

static int set_up(struct setting *setting, struct buf *why)
{
	struct challenge_tools *tools = &setting->tools;
	tools->base = event_base_new();
	tools->now = clock_now;
	tools->caa_identities = &setting->identity;
	tools->caa_identity_count = 1;
	tools->account_hash_prefix = "https://ca.example/account-hash/";
	if (!tools->base || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return XICA_ENOMEM;
	int error = dns_resolver_new(tools->base, &setting->dns, &tools->resolver, why);
	if (!error)
		error = crypto_tls_client_new(TLS_ALPN01_PROTOCOL, &tools->tls);
	if (!error)
		error = crypto_tls_client_new(VIEW_NONE, &tools->tls_plain);
	if (!error)
		error = crypto_tls_client_new(VIEW_LIT("xmpp-server"), &tools->tls_xmpp_server);
	if (!error)
		error = crypto_tls_client_new(VIEW_LIT("xmpp-client"), &tools->tls_xmpp_client);
	return error ? error : curl_loop_new(tools->base, &tools->curl);
}

static void tear_down(struct challenge_tools *tools)
{
	curl_loop_free(tools->curl);
	crypto_tls_client_free(tools->tls);
	crypto_tls_client_free(tools->tls_plain);
	crypto_tls_client_free(tools->tls_xmpp_server);
	crypto_tls_client_free(tools->tls_xmpp_client);
	dns_resolver_free(tools->resolver);
	event_base_free(tools->base);
	curl_global_cleanup();
}

static unsigned number(const char *text)
{
	return (unsigned)strtoul(text, NULL, 10);
}

// One address that may be dialled although it is not public.
static bool allow(struct setting *setting, const char *text)
{
	struct address_network *network = &setting->networks[setting->tools.networks.count];
	if (setting->tools.networks.count == NETWORKS_MAX)
		return false;
	*network = (struct address_network){.address = {[10] = 0xff, [11] = 0xff}, .prefix = 128};
	if (inet_pton(AF_INET, text, network->address + 12) != 1 && inet_pton(AF_INET6, text, network->address) != 1)
		return false;
	setting->tools.networks = (struct address_networks){setting->networks, setting->tools.networks.count + 1};
	return true;
}

static bool read_options(int argc, char **argv, struct setting *setting)
{
	static const struct option OPTIONS[] = {{"dns", 1, 0, 'd'}, {"resolve-all", 1, 0, 'r'}, {"trust-anchor", 1, 0, 'a'}, {"allow", 1, 0, 'l'},
						{"http01-port", 1, 0, 'h'}, {"https-port", 1, 0, 's'}, {"tlsalpn01-port", 1, 0, 't'},
						{"caa-identity", 1, 0, 'c'}, {"xmpp-server-port", 1, 0, 'x'}, {"xmpp-client-port", 1, 0, 'y'}, {0}};
	for (int option; (option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1;) {
		switch (option) {
		case 'd': setting->dns.server = optarg; break;
		case 'r': setting->dns.resolve_all = optarg; break;
		case 'a': setting->dns.trust_anchor = optarg; break;
		case 'l':
			if (!allow(setting, optarg))
				return false;
			break;
		case 'h': setting->tools.http01_port = number(optarg); break;
		case 's': setting->tools.https_port = number(optarg); break;
		case 't': setting->tools.tlsalpn01_port = number(optarg); break;
		case 'c': setting->identity = optarg; break;
		case 'x': setting->tools.xmpp_server_port = number(optarg); break;
		case 'y': setting->tools.xmpp_client_port = number(optarg); break;
		default: return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	static const char *const SERVICES[] = {"_xmpps-server", "_xmpp-server", "_xmpp-client"};
	struct setting setting = {.identity = "ca.example", .tools = {.http01_port = 80, .https_port = 443, .tlsalpn01_port = 443,
		.xmpp_server_port = 5269, .xmpp_client_port = 5222, .xmpp_services = SERVICES, .xmpp_service_count = 3}};
	cleanup_buf why = BUF_INIT;
	if (!read_options(argc, argv, &setting))
		return 2;
	int error = set_up(&setting, &why);
	if (error) {
		fprintf(stderr, "validate-once: %s: %s\n", xica_strerror(error), buf_cstr(&why));
		return 1;
	}
	read_questions(&setting);
	if (setting.open)
		(void)event_base_dispatch(setting.tools.base);
	tear_down(&setting.tools);
	return 0;
}
