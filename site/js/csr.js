// Keys for a server, and requests for their certification (PKCS #10, RFC 2986), made in the browser. The private key leaves it by download alone.
import {pem} from "/js/bytes.js";
import * as der from "/js/der.js";

const KINDS = {
  "P-256": {make: {name: "ECDSA", namedCurve: "P-256"}, sign: {name: "ECDSA", hash: "SHA-256"}},
  "RSA-3072": {
    make: {name: "RSASSA-PKCS1-v1_5", modulusLength: 3072, publicExponent: Uint8Array.of(1, 0, 1), hash: "SHA-256"},
    sign: {name: "RSASSA-PKCS1-v1_5"},
  },
};

const SUBJECT_ALT_NAME = "2.5.29.17";
const EXTENSION_REQUEST = "1.2.840.113549.1.9.14";
const SRV_NAME = "1.3.6.1.5.5.7.8.7"; // RFC 4985
const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
const RSA_WITH_SHA256 = "1.2.840.113549.1.1.11";

// kind: "P-256" or "RSA-3072". The pair can be exported, since it is the person's to take away.
export const makeKey = (kind) => crypto.subtle.generateKey(KINDS[kind].make, true, ["sign", "verify"]);

export async function privateKeyPem(pair) {
  return pem("PRIVATE KEY", await crypto.subtle.exportKey("pkcs8", pair.privateKey));
}

const isRsa = (pair) => pair.publicKey.algorithm.name !== "ECDSA";

function generalName({type, value}) {
  if (type === "srv")
    return der.context(0, der.oid(SRV_NAME), der.context(0, der.ia5String(value)));
  return der.contextString(2, value);
}

// The names as an extension that is asked for; the subject is empty, so that the extension is critical (RFC 5280, section 4.2.1.6).
function attributes(identifiers) {
  const names = der.sequence(...identifiers.map(generalName));
  const extension = der.sequence(der.oid(SUBJECT_ALT_NAME), der.yes(), der.octetString(names));
  return der.context(0, der.sequence(der.oid(EXTENSION_REQUEST), der.set(der.sequence(extension))));
}

// WebCrypto's ECDSA signature is r and s side by side; X.509 wants a SEQUENCE of both.
function ecdsaSignature(raw) {
  const half = raw.length / 2;
  return der.sequence(der.integer(raw.subarray(0, half)), der.integer(raw.subarray(half)));
}

// identifiers: as in an ACME order, [{type: "dns" or "srv", value}]. Returns the request's DER.
export async function makeCsr(pair, identifiers) {
  const publicKey = new Uint8Array(await crypto.subtle.exportKey("spki", pair.publicKey));
  const info = der.sequence(der.integer(Uint8Array.of(0)), der.sequence(), publicKey, attributes(identifiers));
  const kind = isRsa(pair) ? KINDS["RSA-3072"] : KINDS["P-256"];
  const signature = new Uint8Array(await crypto.subtle.sign(kind.sign, pair.privateKey, info));
  if (isRsa(pair))
    return der.sequence(info, der.sequence(der.oid(RSA_WITH_SHA256), der.nothing()), der.bitString(signature));
  return der.sequence(info, der.sequence(der.oid(ECDSA_WITH_SHA256)), der.bitString(ecdsaSignature(signature)));
}
