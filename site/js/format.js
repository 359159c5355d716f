// Numbers and times as the page's language writes them. Times are seconds since 1970.
const language = document.documentElement.lang || "en";
const days = new Intl.DateTimeFormat(language, {dateStyle: "medium"});
const times = new Intl.DateTimeFormat(language, {dateStyle: "medium", timeStyle: "short"});
const numbers = new Intl.NumberFormat(language);
const relative = new Intl.RelativeTimeFormat(language, {numeric: "auto"});

export const DAY = 86400;
export const now = () => Date.now() / 1000;
export const date = (time) => days.format(time * 1000);
export const dateTime = (time) => times.format(time * 1000);
export const number = (value) => numbers.format(value);
export const percent = (part, whole) => new Intl.NumberFormat(language, {style: "percent", maximumFractionDigits: 1}).format(whole ? part / whole : 0);

const UNITS = [[DAY * 365, "year"], [DAY * 30, "month"], [DAY, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];

function unit(seconds) {
  // Months only from the third on: "in 60 days" says more than "in 2 months".
  return UNITS.find(([length, name]) => Math.abs(seconds) >= (name === "month" ? DAY * 120 : length)) ?? UNITS.at(-1);
}

// "in 60 days", "yesterday"
export function ago(time) {
  const seconds = time - now();
  const [length, name] = unit(seconds);
  return relative.format(Math.trunc(seconds / length), name);
}

// "15 minutes"
export function duration(seconds) {
  const [length, name] = unit(seconds);
  return new Intl.NumberFormat(language, {style: "unit", unit: name, unitDisplay: "long"}).format(Math.ceil(seconds / length));
}
