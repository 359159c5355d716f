// Elements made of text and other elements, never of markup.
import {errorText, t} from "/js/text.js";

export const byId = (id) => document.getElementById(id);

function set(element, name, value) {
  if (value === undefined || value === null || value === false)
    return;
  if (name.startsWith("on"))
    element.addEventListener(name.slice(2), value);
  else if (name === "href" && !/^(https?|mailto|blob|otpauth):$/.test(new URL(value, location.href).protocol))
    throw new Error("not an address to go to");
  else
    element.setAttribute(name, value === true ? "" : value);
}

function make(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {}))
    set(element, name, value);
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// el("p", {class: "quiet", onclick: f}, "text", node, [more])
export function el(tag, attributes, ...children) {
  return make(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes, ...children) {
  return make(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

export function fill(element, ...children) {
  element.replaceChildren();
  return make(element, {}, children);
}

export function show(element, shown = true) {
  element.hidden = !shown;
  return element;
}

let ids = 0;

export function newId() {
  return `id-${++ids}`;
}

// onclick may take its time; what it throws is said below the button.
export function button(text, onclick, kind = "second small") {
  const made = el("button", {type: "button", class: kind}, text);
  made.addEventListener("click", () => busy(made, async () => {
    made.parentElement.querySelector(":scope > .notice.bad")?.remove();
    try {
      await onclick(made);
    } catch (error) {
      made.parentElement.append(notice("bad", errorText(error)));
    }
  }));
  return made;
}

// The button shows that it works until what it began is done; it does nothing else meanwhile.
export async function busy(pressed, work) {
  if (pressed.getAttribute("aria-busy") === "true")
    return undefined;
  pressed.setAttribute("aria-busy", "true");
  try {
    return await work();
  } finally {
    pressed.removeAttribute("aria-busy");
  }
}

// kind: good, warn, bad, or "". A bad one is read out at once.
export function notice(kind, ...children) {
  return el("div", {class: `notice ${kind}`, role: kind === "bad" ? "alert" : "status"}, el("p", {}, ...children));
}

export function badge(kind, text) {
  return el("span", {class: `badge ${kind}`}, text);
}

export function waiting(text = t("say.wait")) {
  return el("p", {class: "waiting quiet", role: "status"}, text);
}

// rows of [name, value]; what is no row, or has no value, is left out
export function facts(...rows) {
  return el("dl", {}, rows.filter((row) => row && (row[1] ?? "") !== "").map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

// head: texts; rows: lists of texts and nodes. On a narrow screen each row stands by itself, its cells below each other with their heads beside them; the roles
// say to those who listen that it is a table still.
export function table(caption, head, rows) {
  return el("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption},
    el("table", {role: "table"}, el("thead", {role: "rowgroup"}, el("tr", {role: "row"}, head.map((text) => el("th", {scope: "col", role: "columnheader"}, text)))),
      el("tbody", {role: "rowgroup"}, rows.map((row) => tableRow(head, row)))));
}

export function tableRow(head, cells) {
  return el("tr", {role: "row"}, cells.map((cell, at) => el("td", {role: "cell", "data-head": head[at] || null}, el("div", {}, cell))));
}

// --- texts to take away

async function copy(pressed, text) {
  try {
    await navigator.clipboard.writeText(text);
    pressed.textContent = t("say.copied");
  } catch {
    pressed.textContent = t("say.copy_failed");
    const code = pressed.parentElement.querySelector("code");
    if (code)
      getSelection().selectAllChildren(code);
  }
  setTimeout(() => {
    pressed.textContent = t("say.copy");
  }, 3000);
}

function copyButton(text) {
  const made = el("button", {type: "button", class: "second", "aria-live": "polite"}, t("say.copy"));
  made.addEventListener("click", () => copy(made, text()));
  return made;
}

// Lines to copy, with a button that does.
export function copied(text) {
  return el("div", {class: "copied"}, el("pre", {}, el("code", {}, text)), copyButton(() => text));
}

// The same for what stands in the page: each pre with the attribute data-copy.
export function letCopy(root = document) {
  for (const pre of root.querySelectorAll("pre[data-copy]")) {
    const around = el("div", {class: "copied"});
    pre.replaceWith(around);
    pre.removeAttribute("data-copy");
    around.append(pre, copyButton(() => pre.textContent));
  }
}

export function download(name, text, type = "application/x-pem-file") {
  const url = URL.createObjectURL(new Blob([text], {type}));
  const link = el("a", {href: url, download: name, hidden: true});
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60000);
}

// A JID's domain and the like, as a part of a file's name.
export const fileName = (text) => text.replace(/[^\w.-]/g, "_").replace(/^[.]+/, "_");
