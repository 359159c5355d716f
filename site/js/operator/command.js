// The operator's commands, and how their answers are listed.
import {post} from "/js/api.js";
import {openDialog} from "/js/dialog.js";
import {button, el, fill, table, tableRow} from "/js/dom.js";
import {dateTime} from "/js/format.js";
import {has, t} from "/js/text.js";

let closed = () => {};

export function onClosed(act) {
  closed = act;
}

export async function command(name, given = {}) {
  try {
    return await post("operator/command", {command: name, ...given});
  } catch (error) {
    if (error.status === 403)
      closed();
    throw error;
  }
}

// Times come as RFC 3339, or null.
export const time = (text) => (text ? dateTime(Date.parse(text) / 1000) : "–");
export const label = (name) => (has(`operator.${name}`) ? t(`operator.${name}`) : name.replaceAll("_", " "));
export const code = (text) => el("code", {}, String(text ?? "–"));

// A command that answers a list under member, page by page: as a table, with a button for what follows. cursor: the argument that takes "next".
// title: what the table is, for those who don't see it.
export async function listing({name, given = {}, member, title = label(member), head, row, empty = "operator.nothing", cursor = "after"}) {
  const heads = head.map((one) => (one ? t(`operator.${one}`) : ""));
  const shown = table(title, heads, []);
  const body = shown.querySelector("tbody");
  const behind = el("div");
  const page = async (from) => {
    const answer = await command(name, from === undefined ? given : {...given, [cursor]: from});
    body.append(...answer[member].map((one) => tableRow(heads, row(one))));
    fill(behind, answer.next !== undefined && button(t("say.more"), () => page(answer.next)));
  };
  await page();
  return body.children.length ? [shown, behind] : el("p", {class: "empty quiet"}, t(empty));
}

// Asks before it does; resolves to the answer, or null.
export function act(text, name, given, {danger = true, content = [], read = () => ({})} = {}) {
  return openDialog(text, [el("p", {class: "quiet"}, t("operator.noted")), content],
    {label: t("say.go_on"), danger, act: (values, form) => command(name, {...given, ...read(values, form)})});
}
