// Certificates: found by name or account, shown, revoked, called for renewal; many are revoked at once after a look at which ones it would be.
import {reasonText} from "/js/certificate.js";
import {openDialog} from "/js/dialog.js";
import {badge, button, copied, el, facts, notice} from "/js/dom.js";
import {number} from "/js/format.js";
import {check, field, onSubmit, say} from "/js/form.js";
import {load} from "/js/load.js";
import {code, command, listing, time} from "/js/operator/command.js";
import {meant, which} from "/js/operator/which.js";
import {t} from "/js/text.js";

const REASONS = ["unspecified", "keyCompromise", "affiliationChanged", "superseded", "cessationOfOperation", "privilegeWithdrawn"];

const state = ({status}) => badge(status === "issued" ? "good" : status === "revoked" ? "bad" : "", t(`operator.${status}`));

async function look({serial}) {
  const is = await command("cert-show", {serial});
  await openDialog(is.names.join(", "), [el("p", {}, state(is)),
    facts([t("certificate.serial"), code(is.serial)], [t("certificate.validity"), `${time(is.not_before)} – ${time(is.not_after)}`], [t("certificate.profile"), code(is.profile)],
      [t("certificate.issuer"), code(is.issuer)], is.account && [t("operator.account"), is.account], is.order && [t("operator.order"), is.order], [t("operator.key"), code(is.spki_sha256)],
      is.revoked_at && [t("certificate.revoked"), `${time(is.revoked_at)}, ${reasonText(is.reason)}`]),
    is.pem && copied(is.pem)]);
}

// All portions of one revocation; told: how far it is.
async function revokeAll(given, told) {
  const sum = {serials: [], pending: 0, already: 0, expired: 0};
  for (let from = {}; ;) {
    const portion = await command("cert-revoke", {...given, ...from});
    sum.serials.push(...portion.serials);
    for (const count of ["pending", "already", "expired"])
      sum[count] += portion[count];
    told(sum);
    if (!portion.after && !portion.key_after)
      return sum;
    from = {...(portion.after && {after: portion.after}), ...(portion.key_after && {key_after: portion.key_after})};
  }
}

const tell = (form) => (sum) => say(form, notice("", t("operator.so_far", {count: number(sum.serials.length)})));

async function revoke(given, again) {
  const dry = await revokeAll({...given, dry: true}, () => {});
  if (!dry.serials.length)
    return openDialog(t("operator.revoke_many"), [el("p", {}, t("operator.none_to_revoke"))]);
  const done = await openDialog(t("operator.revoke_count", {count: number(dry.serials.length)}), [
    el("p", {class: "quiet"}, t("operator.noted")),
    el("ul", {class: "mono small"}, dry.serials.slice(0, 20).map((serial) => el("li", {}, serial)), dry.serials.length > 20 && el("li", {}, "…")),
  ], {label: t("certificate.revoke"), danger: true, act: (_, form) => revokeAll(given, tell(form))});
  if (done)
    await again();
  return done;
}

const why = () => [field(t("certificate.reason"), {element: "select", name: "reason"}, REASONS.map((reason) => el("option", {value: reason}, reasonText(reason)))),
  check(t("operator.with_key"), {name: "with_key"})];

function revokeThis({serial, names}, again) {
  return openDialog(t("certificate.revoke_title", {name: names[0]}), why(), {label: t("operator.preview"), danger: true,
    act: ({reason, with_key}) => revoke({serial, reason, with_key}, again)});
}

const WAYS = ["name", "serial", "account"];

function many(again) {
  const form = el("form", {}, el("p", {class: "quiet"}, t("operator.revoke_text")), which(WAYS), why(),
    el("p", {}, el("button", {type: "submit", class: "danger"}, t("operator.preview"))));
  onSubmit(form, (given) => revoke({...meant(given), reason: given.reason, with_key: given.with_key}, again));
  return el("details", {}, el("summary", {}, t("operator.revoke_many")), form);
}

// All portions of one call for renewal; returns how many it is for.
async function callAll(given) {
  let marked = 0;
  for (let from = {}; ;) {
    const portion = await command("cert-renew-now", {...given, ...from});
    marked += portion.marked;
    if (!portion.after)
      return marked;
    from = {after: portion.after};
  }
}

function renewMany() {
  const form = el("form", {}, el("p", {class: "quiet"}, t("operator.renew_text")), which(WAYS),
    field(t("operator.explanation"), {name: "explanation", type: "text", inputmode: "url", pattern: "https://\\S+", maxlength: 500, placeholder: "https://", autocomplete: "off"}), check(t("operator.withdraw"), {name: "withdraw"}),
    el("p", {}, el("button", {type: "submit"}, t("operator.renew_many"))));
  onSubmit(form, async (given) => {
    const {explanation, withdraw} = given;
    const count = await callAll({...meant(given), ...(explanation && {explanation}), withdraw});
    say(form, notice("good", t(withdraw ? "operator.renew_withdrawn" : "operator.renew_called", {count: number(count)}), " ", t("operator.noted")));
  });
  return el("details", {}, el("summary", {}, t("operator.renew_many")), form);
}

export async function certificates() {
  const list = el("div");
  const form = el("form", {role: "search"}, el("div", {class: "row end"}, field(t("form.domain"), {name: "name", type: "search", autocomplete: "off", spellcheck: "false"}),
    field(t("operator.account"), {name: "account", type: "search", inputmode: "numeric", autocomplete: "off"}), el("button", {type: "submit", class: "second"}, t("search.button"))));
  const again = () => {
    const {name, account} = form.elements;
    const given = name.value ? {name: name.value.trim()} : account.value ? {account: Number(account.value)} : {};
    return load(list, () => listing({name: "cert-list", given, member: "certificates", head: ["names", "state", "until", "account", ""], row: (one) => [
      el("strong", {}, one.names.filter((text) => !text.startsWith("_")).join(", ") || one.names.join(", ")), state(one), time(one.not_after), one.account ?? "–",
      el("div", {class: "row"}, button(t("operator.look"), () => look(one)),
        one.status === "issued" && button(t("certificate.revoke"), () => revokeThis(one, again), "danger small"))]}));
  };
  onSubmit(form, again);
  await again();
  return [form, list, many(again), renewMany()];
}
