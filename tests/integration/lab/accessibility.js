// What somebody who sees little, hears the page read or has no mouse would stumble over, as it stands now. A list of sentences; none is good.
const found = [];
const shown = (e) => e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true});
const all = (css) => [...document.querySelectorAll(css)].filter(shown);
const short = (e) => e.outerHTML.replace(/\s+/g, " ").slice(0, 140);
const say = (what, e) => found.push(`${what}: ${e ? short(e) : location.pathname}`);

// --- names

const textOf = (ids) => ids.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" ");
const nameOf = (e) => (e.getAttribute("aria-labelledby") ? textOf(e.getAttribute("aria-labelledby")) : e.getAttribute("aria-label") ?? "").trim()
  || [...e.labels ?? []].map((label) => label.textContent).join(" ").trim()
  || (e.matches("input, select, textarea") ? e.title : e.textContent + [...e.querySelectorAll("img, svg")].map((i) => i.getAttribute("alt") ?? i.getAttribute("aria-label") ?? "").join("")).trim();

for (const e of all("input:not([type=hidden]), select, textarea, button, a[href], summary, [role=tab], [role=region], [role=tabpanel], dialog[open], progress:not([aria-hidden])"))
  if (!nameOf(e))
    say("no name", e);
for (const e of all("a:not([href])"))
  say("a link that leads nowhere", e);
for (const e of all("img:not([alt])"))
  say("no alt", e);
for (const e of all("svg:not(svg svg)"))
  if (e.getAttribute("aria-hidden") !== "true" && !(e.getAttribute("role") === "img" && e.getAttribute("aria-label")))
    say("a drawing without a name", e);
for (const e of all("table")) {
  if (!e.querySelector("th"))
    say("a table without heads", e);
  for (const th of e.querySelectorAll("th:not([scope])"))
    say("a head of nothing", th);
}

// --- structure

const headings = all("h1, h2, h3, h4, h5, h6").filter((h) => Boolean(h.closest("dialog")) === Boolean(document.querySelector("dialog[open]")));
const levels = headings.map((h) => Number(h.localName[1]));
if (!document.querySelector("dialog[open]") && levels.filter((l) => l === 1).length !== 1)
  say("not one h1");
levels.forEach((level, at) => {
  if (at && level > levels[at - 1] + 1)
    say(`h${level} after h${levels[at - 1]}`, headings[at]);
});
for (const h of headings)
  if (!h.textContent.trim())
    say("an empty heading", h);
if (!["en", "de"].includes(document.documentElement.lang))
  say("no language");
if (!document.title.trim())
  say("no title");
for (const landmark of ["header", "main", "footer"])
  if (document.querySelectorAll(`body > ${landmark}`).length !== 1)
    say(`not one ${landmark}`);
const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
ids.filter((id, at) => ids.indexOf(id) !== at).forEach((id) => say(`the id ${id} twice`));
for (const attribute of ["for", "aria-labelledby", "aria-describedby", "aria-controls"])
  for (const e of document.querySelectorAll(`[${attribute}]`))
    for (const id of e.getAttribute(attribute).split(/\s+/))
      if (!document.getElementById(id))
        say(`${attribute} of nothing`, e);
for (const e of all("ul, ol"))
  for (const child of e.children)
    if (!child.matches("li, script, template"))
      say("in a list but no item", child);
for (const e of document.querySelectorAll("[tabindex]"))
  if (Number(e.getAttribute("tabindex")) > 0)
    say("an order of its own for Tab", e);

// --- contrast (WCAG 2.2, 1.4.3 and 1.4.11)

const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
function rgba(colour) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = colour;
  canvas.fillRect(0, 0, 1, 1);
  const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
  return [r, g, b, a / 255];
}
const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
function behind(e) {
  const layers = [];
  for (let at = e; at; at = at.parentElement) {
    const colour = rgba(getComputedStyle(at).backgroundColor);
    layers.push(colour);
    if (colour[3] === 1)
      break;
  }
  return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
}
const linear = (part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4);
const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
function contrast(one, other) {
  const [more, less] = [light(one), light(other)].sort((a, b) => b - a);
  return (more + 0.05) / (less + 0.05);
}
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const judged = new Set();
while (walker.nextNode()) {
  const e = walker.currentNode.parentElement;
  if (!walker.currentNode.data.trim() || judged.has(e) || !shown(e) || e.closest("svg, .seen-by-readers, .skip, :disabled, [aria-busy=true], noscript, option"))
    continue;
  judged.add(e);
  const style = getComputedStyle(e);
  const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700);
  const paper = behind(e), ink = over(rgba(style.color), paper);
  const is = contrast(ink, paper);
  if (is < (large ? 3 : 4.5))
    say(`contrast ${is.toFixed(2)}`, e);
}
for (const e of all("input:not([type=checkbox], [type=radio], [type=file]), select, textarea")) {
  const is = contrast(rgba(getComputedStyle(e).borderTopColor), behind(e.parentElement));
  if (is < 3)
    say(`edge of contrast ${is.toFixed(2)}`, e);
}

// --- what a finger needs (WCAG 2.2, 2.5.8): 24 by 24, but for links within text

for (const e of all("button, .button, select, input:not([type=hidden]), summary, [role=tab]")) {
  const box = e.getBoundingClientRect();
  if ((box.width < 24 || box.height < 24) && !e.labels?.length)
    say(`only ${Math.round(box.width)} by ${Math.round(box.height)}`, e);
}
return found;
