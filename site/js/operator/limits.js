// How often accounts, domains and addresses may do what they do: what is configured, what is used up just now, and exceptions.
import {button, el, facts} from "/js/dom.js";
import {duration, number} from "/js/format.js";
import {field, onSubmit} from "/js/form.js";
import {load} from "/js/load.js";
import {act, code, command, label, listing, time} from "/js/operator/command.js";
import {meant, which} from "/js/operator/which.js";
import {t} from "/js/text.js";

const OWNERS = {"accounts-per-address": "address", "accounts-per-network": "address", "certificates-per-domain": "domain"}; // of the others: an account
const WAYS = ["account", "domain", "address"];
const LIFETIMES = /_lifetime$|^validity$/;

const rateName = (kind) => t(`operator.rate_${kind}`);
const rateText = (rate) => (rate === "none" ? t("operator.no_limit") : code(rate));
const whomText = ({account, domain, address}) => (account ? `${t("operator.account")} ${account}` : domain ?? address);

// A row's owner as a command takes it.
function about({kind, owner}) {
  const what = OWNERS[kind] ?? "account";
  return {...meant({what, value: what === "address" ? owner.replace(/\/\d+$/, "") : owner}), kind};
}

function value(name, is) {
  if (typeof is === "boolean")
    return t(is ? "say.yes" : "say.no");
  if (name === "requests_per_minute" && !is)
    return t("operator.no_limit");
  return LIFETIMES.test(name) ? duration(is) : number(is);
}

const section = (title, ...nodes) => el("section", {}, el("h2", {}, t(title)), nodes);

function configured({profiles, review, rates, ...rest}) {
  return [
    section("operator.rates", facts(...Object.entries(rates).map(([kind, rate]) => [rateName(kind), rateText(rate)]))),
    section("operator.configured", el("p", {class: "quiet"}, t("operator.limits_text")), facts(...Object.entries(rest).map(([name, is]) => [label(name), value(name, is)]))),
    section("statistics.profiles", facts(...profiles.map(({name, validity}) => [code(name), duration(validity)]))),
    section("operator.review", review.length ? el("ul", {}, review.map((name) => el("li", {}, code(name)))) : el("p", {class: "quiet"}, t("operator.no_review"))),
  ];
}

// What is counted, of all or of one; forgiving it.
async function felt(again) {
  const list = el("div");
  const form = el("form", {role: "search"}, el("div", {class: "row end"}, which(WAYS, false), el("button", {type: "submit", class: "second"}, t("search.button"))));
  const row = (one) => {
    const whom = whomText(about(one));
    return [rateName(one.kind), [whom, one.what === one.owner ? null : ` (${one.what})`], code(one.rate), number(one.left), time(one.refused_until), el("div", {class: "row"},
      button(t("operator.forgive"), async () => await act(t("operator.forgive_what", {whom}), "limit-reset", about(one), {danger: false}) && again()))];
  };
  const find = (given) => load(list, () => listing({name: "limit-list", given: meant(given), member: "limits", title: t("operator.felt"),
    head: ["rate", "whom", "allowed", "left", "refused", ""], row, empty: "operator.not_felt"}));
  onSubmit(form, find);
  await find({});
  return [el("p", {class: "quiet"}, t("operator.felt_text")), form, list];
}

function exceptions(again) {
  const row = (one) => {
    const whom = whomText(about(one));
    return [rateName(one.kind), whom, rateText(one.rate), one.reason, time(one.time), el("div", {class: "row"},
      button(t("operator.override_drop"), async () => await act(t("operator.override_drop_what", {whom}), "limit-override-drop", about(one), {danger: false}) && again()))];
  };
  return listing({name: "limit-overrides", member: "overrides", head: ["rate", "whom", "allowed", "reason", "time", ""], row, empty: "operator.no_overrides"});
}

// What is off in the configuration is off for all.
function exceptionForm(rates, again) {
  const kinds = Object.keys(rates).filter((kind) => rates[kind] !== "none");
  if (!kinds.length)
    return el("p", {class: "quiet"}, t("operator.no_rates"));
  const form = el("form", {}, which(WAYS),
    field(t("operator.rate"), {element: "select", name: "kind"}, el("option", {value: ""}, t("operator.rate_all")), kinds.map((kind) => el("option", {value: kind}, rateName(kind)))),
    field(t("operator.allowed"), {name: "rate", hint: t("operator.rate_hint"), maxlength: 60, autocomplete: "off", spellcheck: "false", required: true}),
    field(t("operator.reason"), {name: "reason", maxlength: 200}), el("p", {}, el("button", {type: "submit"}, t("operator.override"))));
  onSubmit(form, async ({kind, rate, reason, ...given}) => {
    const whom = meant(given);
    if (await act(t("operator.override_what", {whom: whomText(whom), rate}), "limit-override", {...whom, rate, ...(kind && {kind}), ...(reason && {reason})}, {danger: false}))
      await again();
  });
  return el("details", {}, el("summary", {}, t("operator.override")), form);
}

export async function limits(panel) {
  const again = () => load(panel, () => limits(panel));
  const [are, now, others] = await Promise.all([command("limits"), felt(again), exceptions(again)]);
  return [section("operator.felt", now), section("operator.overrides", others, exceptionForm(are.rates, again)), configured(are)];
}
