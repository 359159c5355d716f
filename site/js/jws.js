// Requests as ACME signs them: flattened JWS (RFC 7515, section 7.2.2) by an account's P-256 key, the thumbprint of such a key (RFC 7638), and the
// binding of a new account to a key that the site gave (RFC 8555, section 7.3.4).
import {base64url, fromBase64url, utf8} from "/js/bytes.js";

// The private key can't be read, not even by this page: the browser signs with it.
export const makeAccountKey = () => crypto.subtle.generateKey({name: "ECDSA", namedCurve: "P-256"}, false, ["sign", "verify"]);

export async function publicJwk(pair) {
  const {crv, kty, x, y} = await crypto.subtle.exportKey("jwk", pair.publicKey);
  return {crv, kty, x, y};
}

// The members stand in the order that RFC 7638 wants.
export async function thumbprint(pair) {
  return base64url(await crypto.subtle.digest("SHA-256", utf8(JSON.stringify(await publicJwk(pair)))));
}

async function flattened(header, payload, sign) {
  const protectedHeader = base64url(JSON.stringify(header));
  const body = payload === null ? "" : base64url(JSON.stringify(payload));
  return {protected: protectedHeader, payload: body, signature: base64url(await sign(utf8(`${protectedHeader}.${body}`)))};
}

// payload: an object, or null for POST-as-GET.
export function signed(pair, header, payload) {
  const sign = (bytes) => crypto.subtle.sign({name: "ECDSA", hash: "SHA-256"}, pair.privateKey, bytes);
  return flattened({alg: "ES256", ...header}, payload, sign);
}

// binding: {kid, mac_key} as POST /api/keys answers.
export async function bound(pair, binding, url) {
  const key = await crypto.subtle.importKey("raw", fromBase64url(binding.mac_key), {name: "HMAC", hash: "SHA-256"}, false, ["sign"]);
  return flattened({alg: "HS256", kid: binding.kid, url}, await publicJwk(pair), (bytes) => crypto.subtle.sign("HMAC", key, bytes));
}

// What has to be shown for a challenge (RFC 8555, section 8.1; for dns-01 section 8.4): see proofs.js.
export async function targetOf(pair, {identifier, wildcard}, {token}) {
  const authorization = `${token}.${await thumbprint(pair)}`;
  const digest = base64url(await crypto.subtle.digest("SHA-256", utf8(authorization)));
  return {name: identifier.value, wildcard: Boolean(wildcard), token, authorization, digest};
}
