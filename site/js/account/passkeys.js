import {get} from "/js/api.js";
import {freshPost, openDialog} from "/js/dialog.js";
import {button, el, notice} from "/js/dom.js";
import {date} from "/js/format.js";
import {field} from "/js/form.js";
import {load} from "/js/load.js";
import {canPasskey, passkeyRegister} from "/js/passkey.js";
import {t} from "/js/text.js";

async function add(place) {
  const begun = await freshPost("person/passkeys/begin");
  if (begun && await openDialog(t("passkey.add"), [el("p", {}, t("passkey.add_text")),
    field(t("form.name"), {name: "name", hint: t("passkey.name_hint"), maxlength: 64, autocomplete: "off", required: true})],
    {label: t("say.go_on"), act: ({name}) => passkeyRegister(name, begun)}))
    await load(place, () => passkeys(place));
}

async function remove({id, name}, place) {
  if (await openDialog(t("passkey.remove", {name}), [el("p", {}, t("passkey.remove_text"))],
    {label: t("say.remove"), danger: true, act: () => freshPost(`person/passkeys/${encodeURIComponent(id)}/remove`)}))
    await load(place, () => passkeys(place));
}

export async function passkeys(place) {
  const {passkeys: all} = await get("person/passkeys");
  const row = (one) => el("li", {class: "card row apart"}, el("div", {}, el("strong", {}, one.name), el("br"),
    el("small", {class: "quiet"}, t("passkey.made", {when: date(one.created)}), one.used ? ` · ${t("passkey.used", {when: date(one.used)})}` : "")),
    button(t("say.remove"), () => remove(one, place), "danger small"));
  return [
    all.length ? el("ul", {class: "cards one"}, all.map(row)) : null,
    canPasskey() ? el("div", {}, button(t("passkey.add"), () => add(place), "second")) : notice("", t("passkey.cannot")),
  ];
}
