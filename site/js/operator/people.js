import {openDialog} from "/js/dialog.js";
import {badge, button, el, facts, fill} from "/js/dom.js";
import {field, onSubmit} from "/js/form.js";
import {load} from "/js/load.js";
import {act, code, command, listing, time} from "/js/operator/command.js";
import {t} from "/js/text.js";

const state = ({status, operator}) => [badge(status === "active" ? "good" : "bad", t(`operator.${status}`)), " ", operator && badge("", t("operator.is_operator"))];

async function look({id}) {
  const is = await command("person-show", {person: id});
  await openDialog(is.address, [el("p", {}, state(is)),
    facts([t("operator.number"), is.id], [t("operator.created"), time(is.created)], [t("account.totp"), t(is.totp ? "say.yes" : "say.no")], [t("account.passkeys"), is.passkeys],
      [t("operator.accounts"), is.accounts.join(", ")]),
    el("h3", {}, t("account.sessions")),
    is.sessions.length ? el("ul", {}, is.sessions.map((one) => el("li", {}, time(one.seen), " · ", code(one.remote), " ", one.console && badge("warn", t("operator.title")))))
      : el("p", {class: "quiet"}, t("operator.nothing"))]);
}

function row(person, again) {
  const does = (verb, text, kind) => button(t(`operator.${text}`), async () => {
    if (await act(t(`operator.${text}_who`, {address: person.address}), verb, {person: person.id}))
      await again();
  }, kind);
  return [el("strong", {}, person.address), state(person), time(person.created), el("div", {class: "row"}, button(t("operator.look"), () => look(person)),
    person.status === "active" ? does("person-suspend", "suspend", "danger small") : does("person-resume", "resume", "second small"),
    does("person-log-out", "log_out", "second small"), does("person-delete", "delete", "danger small"))];
}

export async function people() {
  const list = el("div");
  const form = el("form", {role: "search"}, el("div", {class: "row end"},
    field(t("form.address"), {name: "address", type: "search", hint: t("operator.prefix"), autocomplete: "off"}), el("button", {type: "submit", class: "second"}, t("search.button"))));
  const again = () => load(list, () => listing({name: "person-list", given: form.elements.address.value ? {address: form.elements.address.value.trim()} : {}, member: "people",
    head: ["address", "state", "created", ""], row: (one) => row(one, again)}));
  onSubmit(form, again);
  await again();
  return fill(el("div"), form, list);
}
