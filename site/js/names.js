// Domains as people type them. Pure.

// What an XMPP server often has beside its domain, each a host of its own to other servers.
export const COMPONENTS = ["conference", "upload", "proxy", "pubsub"];

// The host part of whatever was pasted: "me@example.org/phone", "xmpp:example.org", "https://example.org/", "example.org."
function hostOf(text) {
  const address = text.trim().replace(/^[a-z]+:(\/\/)?/i, "").replace(/[/?#].*$/, "");
  return address.slice(address.lastIndexOf("@") + 1).replace(/:\d+$/, "").replace(/[.\u3002]$/, "");
}

function asciiHost(host) {
  try {
    return new URL(`https://${host}`).hostname;
  } catch {
    return null;
  }
}

// {name: in A-labels, lower case}, or {wrong: a word of the catalogue, "get.wrong_WORD"}. A wildcard begins with "*.".
export function domain(text) {
  const host = hostOf(text);
  const wildcard = host.startsWith("*.");
  if (/[\s_*[\]%\\]/.test(wildcard ? host.slice(2) : host))
    return {wrong: "letters"};
  const ascii = asciiHost(wildcard ? host.slice(2) : host);
  if (!ascii)
    return {wrong: "letters"};
  if (/^[\d.]+$/.test(ascii))
    return {wrong: "address"};
  const labels = ascii.split(".");
  if (!labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) || ascii.length > 253)
    return {wrong: "letters"};
  return labels.length < 2 ? {wrong: "label"} : {name: (wildcard ? "*." : "") + ascii};
}

// A list of domains, by lines, commas or blanks: {names, wrong: [{text, word}]}
export function domains(text) {
  const names = [], wrong = [];
  for (const word of text.split(/[\s,;]+/).filter(Boolean)) {
    const read = domain(word);
    if (read.name)
      names.push(read.name);
    else
      wrong.push({text: word, word: read.wrong});
  }
  return {names, wrong};
}

export const identifiersOf = (names) => [...new Set(names)].map((value) => ({type: "dns", value}));

export function sameIdentifiers(some, others) {
  const texts = (list) => list.map(({type, value}) => `${type}:${value}`).sort().join(" ");
  return texts(some) === texts(others);
}

// The domain that a certificate is called by, and its files: of "*.example.org" and "_xmpp-server.example.org" as well: the shortest of them.
export function mainDomain(identifiers) {
  const names = identifiers.map(({value}) => value.replace(/^(\*|_xmpp-server)\./, ""));
  const labels = (name) => name.split(".").length;
  return names.reduce((best, name) => (labels(name) < labels(best) ? name : best));
}
