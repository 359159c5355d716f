// Passkeys (WebAuthn): to log in, and to register one.
import {ApiError, post} from "/js/api.js";

export const canPasskey = () => Boolean(globalThis.PublicKeyCredential);

export function toBase64url(bytes) {
  return btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

export function fromBase64url(text) {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (character) => character.charCodeAt(0));
}

async function ask(how) {
  try {
    return await how();
  } catch (error) {
    throw new ApiError(0, {error: error.name === "InvalidStateError" ? "passkey-known" : "passkey-none"});
  }
}

// What the browser's passkey says to the challenge: the members that the CA wants.
async function assertion() {
  const begun = await post("log-in/passkey/begin");
  const credential = await ask(() => navigator.credentials.get({publicKey: {
    challenge: fromBase64url(begun.challenge),
    rpId: begun.rp_id,
    timeout: begun.timeout,
    userVerification: begun.user_verification,
  }}));
  return {
    id: toBase64url(credential.rawId),
    client_data: toBase64url(credential.response.clientDataJSON),
    authenticator_data: toBase64url(credential.response.authenticatorData),
    signature: toBase64url(credential.response.signature),
  };
}

// path: "log-in/passkey", or "operator/enter"
export async function passkeyLogIn(path = "log-in/passkey") {
  return post(path, await assertion());
}

export async function passkeyRegister(name, begun) {
  const credential = await ask(() => navigator.credentials.create({publicKey: {
    challenge: fromBase64url(begun.challenge),
    rp: {id: begun.rp_id, name: "xica"},
    user: {id: fromBase64url(begun.user_id), name: begun.user_name, displayName: begun.user_name},
    pubKeyCredParams: [{type: "public-key", alg: -7}, {type: "public-key", alg: -8}, {type: "public-key", alg: -257}],
    excludeCredentials: begun.exclude.map((id) => ({type: "public-key", id: fromBase64url(id)})),
    authenticatorSelection: {residentKey: "required", userVerification: "required"},
    attestation: "none",
  }}));
  return post("person/passkeys/finish", {
    name,
    client_data: toBase64url(credential.response.clientDataJSON),
    attestation: toBase64url(credential.response.attestationObject),
  });
}
