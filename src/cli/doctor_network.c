// What others need of a CA: its names in the DNS, its site, revocation lists and OCSP where certificates say that they are, the terms of service, the mail relay.
#include <event2/event.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/doctor.h"
#include "client/http.h"
#include "dns/resolver.h"
#include "pki/build.h"
#include "pki/crl_check.h"
#include "pki/pem.h"

// --- DNS, as the validator asks it

struct lookup {
	struct event_base *base;
	enum dns_outcome outcome;
	bool secure;
	char why[128];
};

static void answered(const struct dns_answer *answer, void *context)
{
	struct lookup *lookup = context;
	lookup->outcome = answer->outcome;
	lookup->secure = answer->secure;
	(void)snprintf(lookup->why, sizeof(lookup->why), "%s", answer->why ? answer->why : "");
	(void)event_base_loopbreak(lookup->base);
}

static int look_up(struct doctor *doctor, struct view name, enum dns_type type, struct lookup *lookup, struct buf *why)
{
	const struct dns_options options = {.server = doctor->config->dns, .trust_anchor = doctor->config->trust_anchor ? doctor->config->trust_anchor : DNS_ROOT_ANCHOR};
	struct dns_resolver *resolver = NULL;
	struct dns_query *query;
	lookup->base = event_base_new();
	int error = lookup->base ? dns_resolver_new(lookup->base, &options, &resolver, why) : XICA_ENOMEM;
	if (!error)
		error = dns_query_start(resolver, name, type, answered, lookup, &query);
	if (!error)
		(void)event_base_dispatch(lookup->base);
	dns_resolver_free(resolver);
	if (lookup->base)
		event_base_free(lookup->base);
	return error;
}

// The host of a URL. Empty: it is an address.
static struct view host_of(const char *url)
{
	struct view text = view_str(url);
	size_t slashes = view_index(text, '/', 0);
	text = view_sub(text, slashes == SIZE_MAX ? text.len : slashes + 2, SIZE_MAX);
	text = view_sub(text, 0, view_index(text, '/', 0));
	text = view_sub(text, 0, view_index(text, ':', 0));
	bool letters = false;
	for (size_t i = 0; i < text.len; i++)
		letters = letters || (text.ptr[i] | 0x20) >= 'a';
	return letters && text.ptr[0] != '[' ? text : VIEW_NONE;
}

// A name that is signed wherever DNSSEC works at all; below a trust anchor of the operator's own the site's is the only one that is known.
static void check_dnssec(struct doctor *doctor)
{
	struct lookup lookup = {.outcome = DNS_FAILED};
	cleanup_buf why = BUF_INIT;
	bool own = doctor->config->trust_anchor != NULL;
	struct view name = own ? host_of(doctor->config->url) : VIEW_LIT("ietf.org");
	if (doctor->config->resolve_all || doctor->config->dev || !name.len) {
		doctor_say(doctor, DOCTOR_SKIPPED, "dnssec", NULL, "names are looked up as the configuration says, not in the world's DNS");
		return;
	}
	int error = look_up(doctor, name, DNS_A, &lookup, &why);
	if (error || (lookup.outcome != DNS_FOUND && lookup.outcome != DNS_NO_DATA))
		doctor_say(doctor, DOCTOR_FAILURE, "dnssec", "proofs need a resolver in /etc/resolv.conf that hands on DNSSEC records, or dns in the configuration (xicad.conf(5))",
			   "%.*s can't be looked up: %s", VIEW_FMT(name), why.len ? buf_cstr(&why) : error ? xica_strerror(error) : lookup.why);
	else if (lookup.secure)
		doctor_say(doctor, DOCTOR_OK, "dnssec", NULL, "answers are validated: that for %.*s is signed", VIEW_FMT(name));
	else if (own)
		doctor_say(doctor, DOCTOR_WARNING, "dnssec", "sign the zone of the site, or does the resolver drop signatures?", "%.*s comes without a signature", VIEW_FMT(name));
	else
		doctor_say(doctor, DOCTOR_FAILURE, "dnssec", "the resolver drops signatures: take one that does not, such as a local unbound", "ietf.org is signed, and comes without");
}

// --- the site

static void add_roots(const struct doctor *doctor, struct buf *pem)
{
	for (size_t i = 0; doctor->ca && i < doctor->ca->root_count; i++)
		pem_write(pem, PEM_CERTIFICATE, doctor->ca->roots[i].certificate);
}

static int get_https(struct doctor *doctor, const char *url, struct client_answer *answer, struct client_trouble *trouble)
{
	cleanup_buf roots = BUF_INIT;
	struct client_http *http = NULL;
	add_roots(doctor, &roots);
	int error = client_http_open(&(struct client_http_options){.roots_pem = buf_view(&roots)}, &http, trouble);
	if (!error)
		error = client_http_send(http, url, false, VIEW_NONE, answer, trouble);
	client_http_free(http);
	return error;
}

static void check_site(struct doctor *doctor)
{
	cleanup_answer answer = CLIENT_ANSWER_INIT;
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	cleanup_buf url = BUF_INIT;
	buf_addf(&url, "%s/acme/directory", doctor->url);
	int error = buf_cstr(&url) ? get_https(doctor, buf_cstr(&url), &answer, &trouble) : XICA_ENOMEM;
	if (error)
		doctor_say(doctor, DOCTOR_FAILURE, "site", "is the name in the DNS, does a firewall let its port through, and is the certificate good for this name?", "%s: %s",
			   buf_cstr(&url), trouble.why.len ? buf_cstr(&trouble.why) : xica_strerror(error));
	else if (answer.status != 200 || !json_object_get(answer.json, "newOrder"))
		doctor_say(doctor, DOCTOR_FAILURE, "site", "does url in the configuration lead to this xicad?", "%s answers %ld, and is no ACME directory", buf_cstr(&url), answer.status);
	else
		doctor_say(doctor, DOCTOR_OK, "site", NULL, "%s answers", buf_cstr(&url));
}

// Of the running xicad where they are a page of its site: its ports may be other ones than those of the configuration that is read here (--dev).
static void add_terms_url(const struct doctor *doctor, struct buf *out)
{
	struct view terms = view_str(doctor->config->terms_of_service), site = view_str(doctor->config->url);
	bool own = view_starts(terms, site) && terms.len > site.len && terms.ptr[site.len] == '/';
	buf_addf(out, "%s%s", own ? doctor->url : "", doctor->config->terms_of_service + (own ? site.len : 0));
}

static void check_terms(struct doctor *doctor)
{
	cleanup_answer answer = CLIENT_ANSWER_INIT;
	cleanup_trouble trouble = CLIENT_TROUBLE_INIT;
	cleanup_buf text = BUF_INIT;
	if (!doctor->config->terms_of_service)
		return;
	add_terms_url(doctor, &text);
	const char *url = buf_cstr(&text);
	if (!url)
		return;
	int error = get_https(doctor, url, &answer, &trouble);
	if (error || answer.status >= 400)
		doctor_say(doctor, DOCTOR_WARNING, "terms", "people are asked to agree to what stands there", "%s: %s", url,
			   error && trouble.why.len ? buf_cstr(&trouble.why) : "there is no such page");
	else
		doctor_say(doctor, DOCTOR_OK, "terms", NULL, "%s answers", url);
}

// --- what certificates name

int doctor_fetch(struct doctor *doctor, const char *check, const char *url, struct view body, struct doctor_reply *reply)
{
	cleanup_buf why = BUF_INIT;
	int error = doctor_http(url, body, "application/ocsp-request", reply, &why);
	if (!error && reply->status == 200)
		return XICA_OK;
	doctor_say(doctor, DOCTOR_FAILURE, check, "whoever checks a certificate looks there: is http-url right, its name in the DNS, its port open?", "%s: %s", url,
		   error ? buf_cstr(&why) : "it is not there");
	if (!error)
		buf_free(&reply->body);
	return XICA_EIO;
}

static void check_date(struct doctor *doctor, const struct doctor_reply *reply)
{
	xica_time now = clock_now(), off = reply->date ? reply->date - now : 0;
	if (off > DOCTOR_CLOCK_SLACK || off < -DOCTOR_CLOCK_SLACK)
		doctor_say(doctor, DOCTOR_FAILURE, "site-clock", "something on the way answers in its place, or the clock jumped", "the site's Date is %lld s off", (long long)off);
}

static void judge_crl(struct doctor *doctor, const struct ca_issuer *issuer, const char *url, struct view der)
{
	struct pki_certificate certificate;
	cleanup_buf until = BUF_INIT;
	const char *why;
	if (pki_certificate_parse(issuer->certificate, &certificate, &why))
		return; // not read from the CA's folder then
	struct pki_crl_check is = pki_crl_check(der, &certificate, clock_now(), DOCTOR_CLOCK_SLACK);
	clock_add_rfc3339(&until, is.next_update);
	if (is.fault == PKI_CRL_EARLY || is.fault == PKI_CRL_STALE)
		doctor_say(doctor, DOCTOR_FAILURE, "crl-url", "does something on the way keep lists for longer than they are good? Is the clock right, and can the signer sign (xica health)?",
			   "%s can't be relied on: %s", url, is.why);
	else if (is.fault != PKI_CRL_SOUND)
		doctor_say(doctor, DOCTOR_FAILURE, "crl-url", "who answers there in xicad's place? Does http-url lead to this xicad?", "%s can't be relied on: %s", url, is.why);
	else
		doctor_say(doctor, DOCTOR_OK, "crl-url", NULL, "%s, well signed, good until %s", url, buf_cstr(&until));
}

static void check_crl(struct doctor *doctor, const struct ca_issuer *issuer)
{
	struct doctor_reply reply;
	cleanup_buf url = BUF_INIT;
	buf_add_str(&url, doctor->http_url);
	pki_path_crl(&url, issuer->id, 0);
	if (!buf_cstr(&url) || doctor_fetch(doctor, "crl-url", buf_cstr(&url), VIEW_NONE, &reply))
		return;
	check_date(doctor, &reply);
	judge_crl(doctor, issuer, buf_cstr(&url), buf_view(&reply.body));
	buf_free(&reply.body);
}

static void check_issuer(struct doctor *doctor, const struct ca_issuer *issuer)
{
	struct doctor_reply reply;
	cleanup_buf url = BUF_INIT;
	buf_add_str(&url, doctor->http_url);
	pki_path_ca(&url, issuer->id);
	if (!buf_cstr(&url) || doctor_fetch(doctor, "issuer-url", buf_cstr(&url), VIEW_NONE, &reply))
		return;
	if (!view_equal(buf_view(&reply.body), issuer->certificate))
		doctor_say(doctor, DOCTOR_WARNING, "issuer-url", "reload xicad", "%s is another certificate than the one in the CA's folder", buf_cstr(&url));
	else
		doctor_say(doctor, DOCTOR_OK, "issuer-url", NULL, "%s", buf_cstr(&url));
	buf_free(&reply.body);
}

// --- the mail relay

static void check_relay(struct doctor *doctor)
{
	char port[8], greeting[4] = "";
	cleanup_buf why = BUF_INIT;
	int fd = -1;
	if (!doctor->config->mail_relay)
		return;
	(void)snprintf(port, sizeof(port), "%u", doctor->config->mail_relay_port);
	int error = doctor_connect(doctor->config->mail_relay_host, port, &fd, &why);
	bool greets = error || doctor->config->mail_relay_tls || (recv(fd, greeting, 3, MSG_WAITALL) == 3 && !strcmp(greeting, "220"));
	if (fd >= 0)
		(void)close(fd);
	if (error || !greets)
		doctor_say(doctor, DOCTOR_FAILURE, "mail-relay", "letters wait meanwhile (xica mail list): is the relay up, and mail { relay } right?", "%s: %s",
			   doctor->config->mail_relay, error ? buf_cstr(&why) : "it does not greet as a mail server");
	else
		doctor_say(doctor, DOCTOR_OK, "mail-relay", NULL, "%s answers", doctor->config->mail_relay);
}

void doctor_network(struct doctor *doctor)
{
	if (doctor->offline) {
		doctor_say(doctor, DOCTOR_SKIPPED, "network", NULL, "not looked at: --offline");
		return;
	}
	check_dnssec(doctor);
	check_site(doctor);
	check_terms(doctor);
	for (size_t i = 0; doctor->ca && i < doctor->ca->issuer_count; i++) {
		check_crl(doctor, &doctor->ca->issuers[i]);
		check_issuer(doctor, &doctor->ca->issuers[i]);
		doctor_ocsp(doctor, &doctor->ca->issuers[i]);
	}
	check_relay(doctor);
}
