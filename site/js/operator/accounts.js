// ACME accounts: those of people, and those behind which nobody is known.
import {openDialog} from "/js/dialog.js";
import {badge, button, el, facts, fill, table} from "/js/dom.js";
import {field, onSubmit} from "/js/form.js";
import {load} from "/js/load.js";
import {act, code, command, listing, time} from "/js/operator/command.js";
import {t} from "/js/text.js";

const KINDS = {valid: "good", suspended: "bad"};
const state = ({status}) => badge(KINDS[status] ?? "", t(`operator.${status}`));

async function look({id}) {
  const is = await command("account-show", {account: id});
  await openDialog(`${t("operator.account")} ${id}`, [el("p", {}, state(is)),
    facts([t("operator.created"), time(is.created)], [t("operator.contacts"), is.contacts.join(", ")], [t("operator.terms_agreed"), is.terms_agreed && time(is.terms_agreed)],
      [t("operator.eab_kid"), is.eab_kid && code(is.eab_kid)], [t("operator.thumbprint"), code(is.thumbprint)],
      [t("operator.key_changes"), is.key_changes.length ? is.key_changes.map((change) => el("div", {}, time(change.time))) : null])]);
}

function row(account, again) {
  const does = (verb, text, kind) => button(t(`operator.${text}`), async () => {
    if (await act(t(`operator.${text}_account`, {account: account.id}), verb, {account: account.id}))
      await again();
  }, kind);
  return [account.id, state(account), time(account.created), account.contacts.join(", "), account.eab_kid && code(account.eab_kid), el("div", {class: "row"},
    button(t("operator.look"), () => look(account)),
    account.status === "valid" && does("account-suspend", "suspend", "danger small"), account.status === "suspended" && does("account-resume", "resume", "second small"))];
}

const HEAD = ["number", "state", "created", "contacts", "eab_kid", ""];

// The one with this number, or all of them.
async function found(number, again) {
  if (!number)
    return listing({name: "account-list", member: "accounts", head: HEAD, row: (one) => row(one, again)});
  const one = await command("account-show", {account: Number(number)});
  return table(t("operator.accounts"), HEAD.map((name) => (name ? t(`operator.${name}`) : "")), [row(one, again)]);
}

export async function accounts() {
  const list = el("div");
  const form = el("form", {role: "search"}, el("div", {class: "row end"},
    field(t("operator.number"), {name: "account", type: "search", inputmode: "numeric", pattern: "\\s*\\d{1,15}\\s*", autocomplete: "off"}), el("button", {type: "submit", class: "second"}, t("search.button"))));
  const again = () => load(list, () => found(form.elements.account.value.trim(), again));
  onSubmit(form, again);
  await again();
  return fill(el("div"), el("p", {class: "quiet"}, t("operator.accounts_text")), form, list);
}
