// Keys by which an ACME client on a server gets certificates for this person (external account binding, RFC 8555 §7.3.4).
import {get, post} from "/js/api.js";
import {openDialog} from "/js/dialog.js";
import {badge, button, byId, copied, el, facts} from "/js/dom.js";
import {date} from "/js/format.js";
import {field, onSubmit} from "/js/form.js";
import {load} from "/js/load.js";
import {clientLines} from "/js/dashboard/client-lines.js";
import {tabs} from "/js/tabs.js";
import {rich, t} from "/js/text.js";

const reload = () => load(byId("key-list"), keys);

function state(key) {
  if (key.revoked)
    return badge("bad", t("key.revoked"));
  return key.used ? badge("good", t("key.bound")) : badge("", t("key.unused"));
}

async function rename(key) {
  if (await openDialog(t("key.rename"), [field(t("form.name"), {name: "name", value: key.name, maxlength: 60, required: true})],
    {label: t("say.save"), act: ({name}) => post(`keys/${key.kid}/rename`, {name})}))
    await reload();
}

async function revoke(key) {
  if (await openDialog(t("key.revoke_title", {name: key.name}), [el("p", {}, t("key.revoke_text"))],
    {label: t("key.revoke"), danger: true, act: () => post(`keys/${key.kid}/revoke`)}))
    await reload();
}

function card(key) {
  return el("li", {class: "card"}, el("div", {class: "row apart"}, el("h3", {}, key.name), state(key)),
    facts([t("key.kid"), el("code", {}, key.kid)], [t("key.created"), date(key.created)]),
    !key.revoked && el("div", {class: "row"}, button(t("key.rename"), () => rename(key)), button(t("key.revoke"), () => revoke(key), "danger small")));
}

function showNew(key, domain) {
  return openDialog(t("key.made"), [
    el("p", {class: "notice warn"}, t("key.once")),
    facts([t("key.kid"), el("code", {}, key.kid)], [t("key.mac"), el("code", {}, key.mac_key)]),
    tabs(t("key.made"), clientLines({...key, domain}).map(([name, steps]) => [name, () => steps.map(([what, lines]) => [what && el("p", {}, what), copied(lines)])])),
    el("p", {class: "quiet small"}, rich("key.trust", {root: el("a", {href: "/developers#trust"}, t("key.trust_link"))})),
  ]);
}

function makeForm() {
  const form = el("form", {class: "card"}, el("h3", {}, t("key.new")),
    field(t("form.name"), {name: "name", hint: t("key.name_hint"), maxlength: 60, autocomplete: "off", required: true}),
    field(t("form.domain"), {name: "domain", hint: t("key.domain_hint"), autocomplete: "off", autocapitalize: "none", spellcheck: "false"}),
    el("p", {}, el("button", {type: "submit"}, t("key.make"))));
  onSubmit(form, async ({name, domain}) => {
    const key = await post("keys", {name});
    await showNew(key, domain);
    await reload();
  });
  return form;
}

export async function keys() {
  const {keys: all} = await get("keys");
  const living = all.filter((key) => !key.revoked);
  const revoked = all.filter((key) => key.revoked);
  return [
    living.length ? el("ul", {class: "cards"}, living.map(card)) : el("div", {class: "empty"}, el("p", {class: "quiet"}, t("dashboard.no_keys"))),
    revoked.length ? el("details", {}, el("summary", {}, t("dashboard.earlier_keys")), el("ul", {class: "cards"}, revoked.map(card))) : null,
    makeForm(),
  ];
}
