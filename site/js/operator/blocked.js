// What no certificate is issued for: keys, for good, and domains; and addresses that are turned away.
import {button, el} from "/js/dom.js";
import {check, field, onSubmit} from "/js/form.js";
import {load} from "/js/load.js";
import {act, code, listing, time} from "/js/operator/command.js";
import {t} from "/js/text.js";

const typed = (name, label, rest) => field(t(label), {name, autocomplete: "off", autocapitalize: "none", spellcheck: "false", required: true, ...rest});

// A form below its list; asked(values): what the command is about, in words.
function blocking(title, command, fields, asked, again) {
  const form = el("form", {}, fields, field(t("operator.reason"), {name: "reason", maxlength: 200}), el("p", {}, el("button", {type: "submit", class: "danger"}, title)));
  onSubmit(form, async ({reason, ...given}) => {
    if (await act(asked(given), command, {...given, ...(reason && {reason})}))
      await again();
  });
  return el("details", {}, el("summary", {}, title), form);
}

// Domains or addresses: those that are blocked, each with a button that lets it go.
function blocks(kind, title, empty, again) {
  const row = (block) => [[code(block.value), block.below ? ` ${t("operator.below")}` : null], time(block.time), block.reason, block.by, el("div", {class: "row"},
    button(t("operator.unblock"), async () => await act(t("operator.unblock_what", {value: block.value}), "unblock", {[kind]: block.value}, {danger: false}) && again()))];
  return listing({name: "blocks", given: {kind}, member: "blocks", title, head: [kind === "name" ? "domain" : "network", "time", "reason", "by", ""], row, empty});
}

export async function blocked(panel) {
  const again = () => load(panel, () => blocked(panel));
  const [domains, networks] = [t("operator.domains"), t("operator.networks")];
  const lists = await Promise.all([
    blocks("name", domains, "operator.no_names", again),
    blocks("address", networks, "operator.no_networks", again),
    listing({name: "block-list", member: "keys", head: ["key", "time", "reason"], row: (key) => [code(key.spki_sha256), time(key.time), key.reason], empty: "operator.no_blocked"}),
  ]);
  const forms = [
    blocking(t("operator.block_name"), "block-name", [typed("name", "operator.domain", {maxlength: 253}), check(t("operator.below"), {name: "below"})],
      ({name, below}) => t("operator.block_name_what", {name: below ? `${name} ${t("operator.below")}` : name}), again),
    blocking(t("operator.block_address"), "block-address", typed("address", "operator.network", {maxlength: 64, hint: t("operator.network_hint")}),
      ({address}) => t("operator.block_address_what", {address}), again),
    blocking(t("operator.block_key"), "block-add", typed("spki", "operator.key", {maxlength: 128, hint: t("operator.key_hint")}), () => t("operator.block_what"), again),
  ];
  return [domains, networks, t("operator.keys")].map((title, at) => el("section", {}, el("h2", {}, title), lists[at], forms[at]));
}
