/*
 * libxica: certificates of the XMPP network, for servers and clients that look at them or want one.
 *
 * Link with what `pkg-config --cflags --libs xica` says. C99 and newer, C++ as well. xica(3) tells the same at more length, with an example.
 *
 * - Fallible functions return XICA_DONE (0) or a negative enum xica_result. Results come last, as ret_…, and stay untouched on failure.
 * - Strings are UTF-8 and end with NUL. What a function hands over in a char ** is freed by xica_free, a verdict by xica_verdict_free.
 * - Nothing is kept between calls: any function may be called from several threads at once. Nothing is fetched from the network, nothing printed.
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

#ifdef __cplusplus
}
#endif

#endif
