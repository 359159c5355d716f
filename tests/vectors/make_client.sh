#!/bin/sh
# Makes client/: a chain as a CA gives it to a client, and the keys that fit and don't fit. Good for a hundred years.
set -eu
cd "$(dirname "$0")/client"
days=36500
key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
key root-key.pem
key issuer-key.pem
key key.pem
key other-key.pem
printf 'basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n' >ca.ext
printf 'subjectAltName=DNS:example.org,DNS:*.example.org,otherName:1.3.6.1.5.5.7.8.7;IA5:_xmpp-server.example.net\nauthorityKeyIdentifier=keyid\n' >leaf.ext
openssl req -x509 -key root-key.pem -subj "/O=Example/CN=Example Root" -days $days -out root.pem
openssl req -new -key issuer-key.pem -subj "/O=Example/CN=Example Issuer" |
	openssl x509 -req -CA root.pem -CAkey root-key.pem -set_serial 2 -days $days -extfile ca.ext -out issuer.pem
openssl req -new -key key.pem -subj "/O=Example" |
	openssl x509 -req -CA issuer.pem -CAkey issuer-key.pem -set_serial 3 -days $days -extfile leaf.ext -out leaf.pem
cat leaf.pem issuer.pem >chain.pem
cat leaf.pem root.pem >gap.pem # the issuer is missing
rm -f root-key.pem issuer-key.pem ca.ext leaf.ext leaf.pem issuer.pem root.pem
