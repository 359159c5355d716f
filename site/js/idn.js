// Domains as their language writes them: Punycode (RFC 3492), read. Pure.
const BASE = 36, LOWEST = 1, HIGHEST = 26, SKEW = 38, DAMP = 700, FIRST_BIAS = 72, FIRST_POINT = 128;

const digitOf = (code) => (code < 58 ? code - 22 : code - 97); // 0-9 stand for 26-35, a-z for 0-25

function adapted(change, count, first) {
  let delta = Math.floor(change / (first ? DAMP : 2));
  delta += Math.floor(delta / count);
  let steps = 0;
  for (; delta > ((BASE - LOWEST) * HIGHEST) / 2; steps += BASE)
    delta = Math.floor(delta / (BASE - LOWEST));
  return steps + Math.floor((BASE * delta) / (delta + SKEW));
}

// What stands behind "xn--" in a label.
function decoded(text) {
  const hyphen = text.lastIndexOf("-");
  const letters = [...text.slice(0, Math.max(hyphen, 0))];
  let point = FIRST_POINT, at = 0, bias = FIRST_BIAS;
  for (let read = hyphen + 1; read < text.length;) {
    const before = at;
    for (let weight = 1, step = BASE; ; step += BASE) {
      if (read === text.length)
        throw new Error("the digits ran out");
      const digit = digitOf(text.charCodeAt(read++));
      at += digit * weight;
      const threshold = Math.min(Math.max(step - bias, LOWEST), HIGHEST);
      if (digit < threshold)
        break;
      weight *= BASE - threshold;
    }
    const count = letters.length + 1;
    bias = adapted(at - before, count, before === 0);
    point += Math.floor(at / count);
    at %= count;
    letters.splice(at++, 0, String.fromCodePoint(point));
  }
  return letters.join("");
}

// "münchen.example" of "xn--mnchen-3ya.example"; a name that isn't written so stays as it is.
export function readable(name) {
  try {
    const shown = name.split(".").map((label) => (label.startsWith("xn--") ? decoded(label.slice(4)) : label)).join(".");
    const bare = (text) => text.replace(/^(\*|_xmpp-server)\./, "");
    return new URL(`https://${bare(shown)}`).hostname === bare(name) ? shown : name;
  } catch {
    return name; // not Punycode: its digits ran out, or a code point is none
  }
}
