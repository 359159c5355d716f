// TLS contexts. SSL objects leave this room only as opaque pointers, for libevent's bufferevent_openssl.
#pragma once
#include "base/buf.h"

struct ssl_st; // OpenSSL's SSL

struct crypto_tls_server;
// PEM of the certificate chain (leaf first) and its private key. TLS 1.2 and newer; ALPN http/1.1.
// XICA_EPARSE, XICA_EDENIED (the key is encrypted), XICA_EINVAL (key and certificate do not match, or are too weak for TLS).
XICA_MUST_CHECK int crypto_tls_server_new(struct view chain_pem, struct view key_pem, struct crypto_tls_server **ret_server);
void crypto_tls_server_free(struct crypto_tls_server *server); // connections under way live on
struct ssl_st *crypto_tls_accept(struct crypto_tls_server *server); // owned by the caller (or its bufferevent); NULL: no memory

// The side that looks at somebody else's certificate without believing it: for tls-alpn-01 and for checks of servers.
struct crypto_tls_client;
// alpn: one protocol name ("acme-tls/1"), or empty for none.
XICA_MUST_CHECK int crypto_tls_client_new(struct view alpn, struct crypto_tls_client **ret_client);
void crypto_tls_client_free(struct crypto_tls_client *client);
// sni: NULL or empty for none. Owned as by crypto_tls_accept; NULL also when sni is longer than 255 octets.
struct ssl_st *crypto_tls_connect(struct crypto_tls_client *client, const char *sni);
void crypto_tls_ssl_free(struct ssl_st *ssl);
// After the handshake. XICA_ENOTFOUND: the peer showed none. Appends DER.
XICA_MUST_CHECK int crypto_tls_peer_certificate(struct ssl_st *ssl, struct buf *der_out);
// What it sent with that, in its order: DER after DER, appended. At a client alone; nothing where there was nothing.
XICA_MUST_CHECK int crypto_tls_peer_chain(struct ssl_st *ssl, struct buf *ders_out);
struct view crypto_tls_alpn(struct ssl_st *ssl);   // what was agreed; empty: nothing. Borrowed from ssl
const char *crypto_tls_version(struct ssl_st *ssl); // "TLSv1.3"
// The newest error on OpenSSL's queue in words, for logs; empties the queue. Static storage.
const char *crypto_tls_error(void);
// The same for a code that was taken off the queue already (bufferevent_get_openssl_error): "tlsv1 alert no application protocol". NULL for 0.
const char *crypto_tls_reason(unsigned long code);
