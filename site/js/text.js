// What scripts say: the same catalogue that the pages are filled from, in the page's language.
import {duration} from "/js/format.js";

export const language = document.documentElement.lang || "en";
const plural = new Intl.PluralRules(language);

async function load(folder) {
  try {
    const response = await fetch(`${folder}/${language}.json`);
    return response.ok ? await response.json() : {};
  } catch {
    return {};
  }
}

const catalogue = await load("/text");

// Texts that one page alone needs, so that the others are not made wait for them.
export async function addTexts(name) {
  Object.assign(catalogue, await load(`/text/${name}`));
}

export function has(key) {
  return Object.hasOwn(catalogue, key);
}

// The text of a key, with {name} replaced by values.name. With a count, "key.one" or "key.other" where the catalogue has them.
export function t(key, values = {}) {
  return rich(key, values).join("");
}

// The same, for values that are nodes: a list for el() and append().
export function rich(key, values = {}) {
  const counted = "count" in values && `${key}.${plural.select(values.count)}`;
  const text = catalogue[has(counted) ? counted : key] ?? key;
  return text.split(/\{(\w+)\}/).map((part, at) => (at % 2 ? values[part] ?? `{${part}}` : part));
}

// What happened and what to do, of whatever was thrown.
export function errorText(error) {
  const key = `error.${error.word}`;
  const text = error.word && has(key) ? t(key, {wait: duration(error.retryAfter || 60)}) : t("error.unknown", {what: error.message});
  return error.why ? `${text} ${t("error.why", {why: error.why})}` : text;
}
