#!/bin/sh
# Writes tests/vectors/csr: requests as OpenSSL makes them, for keys and digests of every kind. Each is made once and then kept: keys are thrown away.
#
#     tests/vectors/make_csr.sh
set -eu
cd "$(dirname "$0")"
mkdir -p csr
key=$(mktemp)
trap 'rm -f "$key"' EXIT

request() { # FILE DIGEST ALGORITHM OPTION...
	file=csr/$1.der digest=$2
	shift 2
	[ -f "$file" ] && return
	openssl genpkey -algorithm "$@" -out "$key"
	openssl req -new -key "$key" -"$digest" -subj / -outform DER -out "$file" \
		-addext 'subjectAltName=DNS:example.org,otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_xmpp-server.example.org,otherName:1.3.6.1.5.5.7.8.5;UTF8:example.org' \
		-addext 'keyUsage=critical,digitalSignature'
}

request p256-sha256 sha256 EC -pkeyopt ec_paramgen_curve:P-256
request p384-sha384 sha384 EC -pkeyopt ec_paramgen_curve:P-384
request p256-sha512 sha512 EC -pkeyopt ec_paramgen_curve:P-256
request p521-sha512 sha512 EC -pkeyopt ec_paramgen_curve:P-521
request rsa2048-sha256 sha256 RSA -pkeyopt rsa_keygen_bits:2048
request rsa2048-sha384 sha384 RSA -pkeyopt rsa_keygen_bits:2048
request rsa2048-sha1 sha1 RSA -pkeyopt rsa_keygen_bits:2048
request ed25519 sha256 ED25519
