// What an option's value must be: NULL where the text is that, or else words for "--since must be …".
// So what can be known without xicad is told without it.
#pragma once

const char *operator_wants_time(const char *text);
const char *operator_wants_number(const char *text);     // from 1
const char *operator_wants_serial(const char *text);
const char *operator_wants_digest(const char *text);     // SHA-256, in hexadecimal
const char *operator_wants_thumbprint(const char *text); // of a JWK (RFC 7638)
const char *operator_wants_name(const char *text);       // one of a certificate: a domain, *.domain, or an SRVName
const char *operator_wants_domain(const char *text);
const char *operator_wants_network(const char *text);    // or an address
const char *operator_wants_address(const char *text);
const char *operator_wants_rate(const char *text);
const char *operator_wants_url(const char *text);
const char *operator_wants_something(const char *text);
