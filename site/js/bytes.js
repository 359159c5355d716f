// Bytes and the texts that stand for them: UTF-8, base64url (RFC 4648, section 5, without padding), PEM (RFC 7468).

export const utf8 = (text) => new TextEncoder().encode(text);

export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function base64(bytes) {
  let text = "";
  for (const byte of new Uint8Array(bytes))
    text += String.fromCharCode(byte);
  return btoa(text);
}

const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));

// Of bytes, or of a text's UTF-8.
export function base64url(value) {
  const bytes = typeof value === "string" ? utf8(value) : value;
  return base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export const fromBase64url = (text) => fromBase64(text.replaceAll("-", "+").replaceAll("_", "/"));

export function pem(label, bytes) {
  const lines = base64(bytes).match(/.{1,64}/g).join("\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}

export const REQUEST_LABELS = ["CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"];

// The bytes of the first block with one of these labels, or null.
export function fromPem(text, ...labels) {
  for (const [, label, body] of text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\s]*)-----END \1-----/g)) {
    if (!labels.includes(label))
      continue;
    try {
      return fromBase64(body.replace(/\s/g, ""));
    } catch {
      return null;
    }
  }
  return null;
}

// The certificates of a PEM chain, each a text of its own.
export const pemBlocks = (text) => text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----\n?/g) ?? [];
