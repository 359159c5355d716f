// Whom or what a command is about: a choice of ways to say it, and the value.
import {el} from "/js/dom.js";
import {field} from "/js/form.js";
import {t} from "/js/text.js";

// ways: as the command's arguments are called.
export const which = (ways, needed = true) => [
  field(t("operator.which"), {element: "select", name: "what"}, ways.map((what) => el("option", {value: what}, t(`operator.by_${what}`)))),
  field(t("operator.value"), {name: "value", autocomplete: "off", spellcheck: "false", required: needed})];

// A form's values as that argument; none where nothing was said.
export function meant({what, value}) {
  return value ? {[what]: what === "account" ? Number(value) : value} : {};
}
