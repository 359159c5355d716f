/*
 * libxica: certificates of the XMPP network, for servers and clients that look at them or want one.
 *
 * Link with what `pkg-config --cflags --libs xica` says. C99 and newer, C++ as well. xica(3) tells the same at more length, with an example.
 *
 * - Fallible functions return XICA_DONE (0) or a negative enum xica_result. Results come last, as ret_…, and stay untouched on failure.
 * - Strings are UTF-8 and end with NUL. What a function hands over in a char ** is freed by xica_free, a verdict by xica_verdict_free.
 * - Nothing is kept between calls: any function may be called from several threads at once. Nothing is printed. xica_get and xica_renewal talk to the CA
 *   that they are given; nothing else touches the network.
 * - Within one soname symbols stay, and so do the values of the enums. Structs that the library hands out grow only at their end; those that the
 *   caller fills in carry their size.
 */
#ifndef XICA_H
#define XICA_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define XICA_CHECK __attribute__((warn_unused_result))
#else
#define XICA_CHECK
#endif

enum xica_result {
	XICA_DONE = 0,
	XICA_ERROR_MEMORY = -1,
	XICA_ERROR_ARGUMENT = -2, /* the caller's own mistake: NULL where something must be, an unknown role */
	XICA_ERROR_INPUT = -3,    /* text that is not what it should be: no domain, broken PEM in roots or revocation lists, no token */
	XICA_ERROR_LIMIT = -4,    /* more than 1000 roots, or 64 revocation lists */
	XICA_ERROR_FILE = -5,     /* the system's roots, or a folder of proofs, cannot be read */
	XICA_ERROR_CRYPTO = -6,   /* the crypto library failed */
	XICA_ERROR_CA = -7,       /* the CA can't be reached, isn't trusted, or its answers are no ACME */
	XICA_ERROR_REFUSED = -8,  /* the CA says no, or gave something else than what was ordered */
	XICA_ERROR_SHOW = -9,     /* the caller's own callback could not show a proof */
	XICA_ERROR_TIME = -10,    /* the CA doesn't come to an end */
	XICA_ERROR_CANCELLED = -11, /* the caller's own callback said so */
};

/* A short text in English, for logs. Static storage. */
const char *xica_result_text(int result);
/* The library's version, "0.1.0". Static storage. */
const char *xica_version(void);
/* Frees what a function of this library handed over in a char **. NULL is fine. */
void xica_free(void *pointer);

/* --- names --------------------------------------------------------------------------------------------------------------------------------- */

/*
 * The domain of a JID, in U-labels or A-labels, to A-labels and lower case: what certificates, SNI and the DNS have. A dot at its end is dropped
 * (RFC 7622 §3.2). Non-ASCII letters must be in lower case already, as in a JID that was prepared.
 * XICA_ERROR_INPUT: it is no domain: empty, too long, an IP address, a wildcard, a label that IDNA2008 doesn't know. A single label ("localhost") is one.
 */
XICA_CHECK int xica_domain_to_ascii(const char *domain, char **ret_ascii);
/* 1 where xica_domain_to_ascii would succeed, else 0. */
int xica_domain_is_valid(const char *domain);

/* --- does this chain prove this domain? (RFC 6120 §13.7.2, RFC 9525, RFC 5280 §6) ---------------------------------------------------------- */

enum xica_role { /* whom the certificate is shown to */
	XICA_ROLE_C2S = 1, /* a client looks at its server: SRVName _xmpp-client */
	XICA_ROLE_S2S = 2, /* a server looks at another one, whichever of them connected: SRVName _xmpp-server */
};

struct xica_question { /* begin with XICA_QUESTION_INIT: all else is 0 */
	size_t size;           /* sizeof(struct xica_question), set by XICA_QUESTION_INIT */
	enum xica_role role;
	const char *domain;    /* the one that the stream is to or from, never the target of an SRV record; U-labels or A-labels */
	const char *chain_pem; /* what the peer showed, its own certificate first; the order of the others doesn't matter */
	const char *roots_pem; /* who is trusted; NULL: the system's roots, /etc/ssl/certs/ca-certificates.crt */
	const char *crls_pem;  /* revocation lists, one for each certificate up to the root; NULL: revocation isn't looked at */
	int64_t time;          /* seconds since 1970-01-01T00:00:00Z; 0: now */
};

#define XICA_QUESTION_INIT {sizeof(struct xica_question), XICA_ROLE_S2S, NULL, NULL, NULL, NULL, 0}

enum xica_fault { /* further ones may come: treat an unknown one as a reason against, too */
	XICA_FAULT_MALFORMED = 1, /* there is no certificate, or it cannot be read */
	XICA_FAULT_NAME,          /* none of its names proves the domain */
	XICA_FAULT_PURPOSE,       /* its key usages, or those of a CA above it, don't permit it */
	XICA_FAULT_UNTRUSTED,     /* it leads to no root that is trusted */
	XICA_FAULT_NOT_YET_VALID,
	XICA_FAULT_EXPIRED,
	XICA_FAULT_REVOKED,
	XICA_FAULT_NO_STATUS,     /* a revocation list is missing, out of date, or not properly signed */
	XICA_FAULT_WEAK,          /* a key or a signature below 112 bits of strength */
	XICA_FAULT_INVALID,       /* another rule of RFC 5280: a wrong signature, an issuer that is no CA, name constraints … */
};

struct xica_reason {
	enum xica_fault fault;
	const char *word; /* "expired": for logs and scripts; stays the same */
	const char *text; /* a sentence in English for whoever runs the server */
};

struct xica_verdict { /* the library's; lives until xica_verdict_free */
	int accepted;            /* 1: the chain proves the domain for this role; 0: it doesn't, and there is a reason at least */
	const char *domain;      /* in A-labels */
	const char *name_kind;   /* of the name that proves it: "dNSName", "SRVName", "XmppAddr"; NULL: none does */
	const char *name;        /* that name, as it stands in the certificate */
	size_t reason_count;     /* all that speaks against it, as far as it was found */
	const struct xica_reason *reasons;
};

/*
 * Any one dNSName, SRVName or XmppAddr that is the domain suffices; the common name never counts; a wildcard counts as the whole left-most label of a
 * dNSName, for one label. An extended key usage, where there is one, must hold serverAuth; between servers clientAuth will do as well.
 *
 * Whatever the peer showed, however broken, is judged in the verdict. XICA_ERROR_…: the question itself is at fault, or could not be answered;
 * treat that as a refusal.
 */
XICA_CHECK int xica_verify(const struct xica_question *question, struct xica_verdict **ret_verdict);
void xica_verdict_free(struct xica_verdict *verdict); /* NULL is fine */

/* --- xmpp-01: an XMPP server shows a CA that it is the domain's (docs/acme-xmpp.md) --------------------------------------------------------- */

#define XICA_NS_ACME "urn:xica:acme:0"

/*
 * The key authorization (RFC 8555 §8.1) of a challenge's token for the ACME account whose key has this thumbprint (RFC 7638: 43 characters of
 * base64url). XICA_ERROR_INPUT: token or thumbprint is none.
 */
XICA_CHECK int xica_xmpp01_key_authorization(const char *token, const char *thumbprint, char **ret_text);
/*
 * The element that the server puts, as it is, into <stream:features/> of every encrypted stream to the domain, from clients and from servers, as long as
 * the challenge is pending: <acme xmlns='urn:xica:acme:0' token='…'>key authorization</acme>. Show a domain's element in streams to that domain alone.
 */
XICA_CHECK int xica_xmpp01_element(const char *token, const char *thumbprint, char **ret_xml);
/*
 * All that is to be shown in streams to this domain now, as `xica get --proof xmpp --challenges folder` left it: elements one after the other, mostly
 * none at all (""). It reads a folder and a few small files, so a server calls it when it makes stream features, and keeps nothing. Files that are for another
 * domain, or aren't well-formed, are passed over; a folder that isn't there is an empty one. XICA_ERROR_INPUT: no domain. XICA_ERROR_FILE: the
 * folder can't be read.
 */
XICA_CHECK int xica_xmpp01_shown(const char *folder, const char *domain, char **ret_xml);

/* --- a certificate from a CA, by ACME (RFC 8555) ------------------------------------------------------------------------------------------- */

enum xica_proof { /* how the names are proven: each by the challenge of this type, which the caller's server shows itself */
	XICA_PROOF_XMPP_01 = 1, /* in the features of the XMPP server's own streams (docs/acme-xmpp.md) */
	XICA_PROOF_HTTP_01,     /* by the web server of the name, on port 80 (RFC 8555 §8.3) */
	XICA_PROOF_DNS_01,      /* by a TXT record (§8.4); the only one for names with a wildcard */
};

struct xica_challenge { /* the library's, while a callback runs; grows at its end */
	enum xica_proof proof;
	const char *identifier; /* what is proven, as it was ordered: "example.org", "*.example.org", "_xmpp-server.example.org"; A-labels */
	const char *domain;     /* its domain: "example.org" */
	const char *where;      /* xmpp-01: the domain whose streams show it; http-01: the path, "/.well-known/acme-challenge/…", that the domain's
				   web server answers; dns-01: the name of the TXT record, "_acme-challenge.example.org" */
	const char *value;      /* what is shown there. xmpp-01: the element of xica_xmpp01_element; http-01: the body; dns-01: the text of the record */
	const char *token, *key_authorization; /* what value was made of */
};

struct xica_order { /* begin with XICA_ORDER_INIT: all else is 0. Strings and callbacks are the caller's until the call returns */
	size_t size;                 /* sizeof(struct xica_order), set by XICA_ORDER_INIT */
	const char *directory_url;   /* of the CA: "https://ca.example.net/acme/directory" */
	const char *roots_pem;       /* who is trusted for talking to the CA, beside the system's roots; NULL: nobody else */
	const char *account_key_pem; /* the ACME account is this key's, and is opened with the first order. Make it once by xica_key_make, keep it */
	const char *email;           /* where the CA may write to, for a new account; NULL: none */
	const char *eab_kid, *eab_key; /* the external account key that some CAs want for a new account; both or neither */
	const char *const *names;    /* U-labels or A-labels; with "_xmpp-server." before it, a domain's XMPP service alone */
	size_t name_count;           /* at most 100 */
	const char *profile;         /* one of the CA's; NULL: its default */
	const char *chain;           /* of several chains, the one that ends in this common name; NULL: the CA's first */
	const char *key_pem;         /* the certificate's private key, not encrypted; NULL: a new one (EC P-256) is made */
	const char *replaces_pem;    /* the certificate that this one renews (RFC 9773 §5), or a chain that begins with it; NULL: none */
	enum xica_proof proof;
	void *context;               /* handed to all callbacks, which run in the thread of the call */
	/*
	 * Show this, besides whatever else is shown there, and return 0 when it can be seen; else the order fails with XICA_ERROR_SHOW. All proofs of an order are shown
	 * at the same time, several under the same name too (example.org and *.example.org by dns-01).
	 */
	int (*show)(const struct xica_challenge *challenge, void *context);
	/* Show it no longer. Called once for each that show was called for, even if that failed, before xica_get returns, whatever happens. NULL: nothing to do. */
	void (*hide)(const struct xica_challenge *challenge, void *context);
	int (*agree)(const char *terms_url, void *context); /* asked for a new account: 1: its user agrees with the CA's terms of service. NULL: doesn't */
	int (*cancelled)(void *context); /* 1: give up as soon as it may be. Asked several times a second, and while requests are under way. NULL: never */
	void (*progress)(const char *line, void *context); /* a line of English, without its end, for a log. NULL: nobody listens */
};

#define XICA_ORDER_INIT {sizeof(struct xica_order), NULL, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, NULL, NULL, XICA_PROOF_XMPP_01, NULL, NULL, NULL, NULL, NULL, NULL}

struct xica_certificate { /* the library's; lives until xica_certificate_free, which wipes the key; grows at its end */
	const char *chain_pem;   /* the certificate, and those that lead to the root */
	const char *key_pem;     /* its private key: the order's, or the new one */
	int64_t not_before, not_after; /* seconds since 1970-01-01T00:00:00Z */
	const char *account_url; /* what the CA calls the account */
};

struct xica_trouble { /* why there is none; lives until xica_trouble_free; grows at its end */
	const char *text;    /* sentences in English for whoever runs the server: what is wrong, and what to change where */
	const char *problem; /* the CA's own words, a problem document in JSON (RFC 7807), where it said no; NULL: it said nothing */
	const char *type;    /* of that: "urn:ietf:params:acme:error:rateLimited"; NULL */
	int64_t retry_after; /* seconds after which the CA says it is worth asking again; 0: it doesn't say */
};

/*
 * Gets one certificate for all names: opens the account where there is none yet, has the names proven, and looks at what the CA gave (for this key, for all
 * of these names, signed link by link). It blocks for seconds to a few minutes, so a server calls it in a thread of its own; several at once are fine.
 * Nothing is written to any file and nothing is remembered: storing is the caller's, the key before the chain, best both in one step. Signals are left alone.
 *
 * ret_trouble may be NULL. It is set whenever the result is not XICA_DONE, but for XICA_ERROR_ARGUMENT and XICA_ERROR_MEMORY.
 * XICA_ERROR_INPUT: a name, key or PEM of the order is none. XICA_ERROR_CA: the CA can't be reached, isn't trusted, or its answers are no ACME.
 * XICA_ERROR_REFUSED: it says no (to the account, the names, the proofs), or offers no such proof, or its certificate is not what was ordered.
 * XICA_ERROR_SHOW, XICA_ERROR_TIME (it doesn't come to an end; later the same may succeed), XICA_ERROR_CANCELLED.
 */
XICA_CHECK int xica_get(const struct xica_order *order, struct xica_certificate **ret_certificate, struct xica_trouble **ret_trouble);
void xica_certificate_free(struct xica_certificate *certificate); /* NULL is fine */
void xica_trouble_free(struct xica_trouble *trouble);             /* NULL is fine */

/* A new private key (EC P-256, PKCS #8 in PEM), for an account or for a certificate. A secret: keep it readable for its owner alone. */
XICA_CHECK int xica_key_make(char **ret_pem);

struct xica_renewal { /* the library's; lives until xica_renewal_free; grows at its end */
	int64_t at;                  /* renew then, or at the first occasion after it; in the past: now */
	int64_t ask_again;           /* until then the CA wants not to be asked again about this certificate; 0: it wasn't asked, or gave no answer */
	const char *explanation_url; /* what the CA has to say about it, for people; NULL: nothing */
};

/*
 * When a certificate should be renewed: the CA is asked where its directory offers that (ACME Renewal Information, RFC 9773). Where it doesn't, or can't be
 * asked: when a third of its lifetime is left, or half of one of ten days or less. Among a CA's certificates the moments are spread; for one, it is always the
 * same. Call it about once a day, and again when ask_again has come, since a CA that has to revoke certificates moves the moment forward. Of the order,
 * directory_url, roots_pem, cancelled and context count; NULL: no CA is asked, and the call doesn't block.
 * XICA_ERROR_INPUT: chain_pem begins with no certificate, or roots_pem is broken.
 */
XICA_CHECK int xica_renewal(const struct xica_order *order, const char *chain_pem, struct xica_renewal **ret_renewal);
void xica_renewal_free(struct xica_renewal *renewal); /* NULL is fine */

#ifdef __cplusplus
}
#endif

#endif
