// Keys that no certificate is issued for.
import {el} from "/js/dom.js";
import {field, onSubmit} from "/js/form.js";
import {load} from "/js/load.js";
import {act, code, listing, time} from "/js/operator/command.js";
import {t} from "/js/text.js";

export async function blocked(panel) {
  const form = el("form", {class: "card"}, el("h2", {}, t("operator.block")),
    field(t("operator.key"), {name: "spki", hint: t("operator.key_hint"), maxlength: 128, autocomplete: "off", spellcheck: "false", required: true}),
    field(t("operator.reason"), {name: "reason", maxlength: 200}),
    el("p", {}, el("button", {type: "submit", class: "danger"}, t("operator.block"))));
  onSubmit(form, async ({spki, reason}) => {
    if (await act(t("operator.block_what"), "block-add", {spki, ...(reason && {reason})}))
      await load(panel, () => blocked(panel));
  });
  return [await listing({name: "block-list", member: "keys", head: ["key", "time", "reason"], row: (key) => [code(key.spki_sha256), time(key.time), key.reason], empty: "operator.no_blocked"}), form];
}
