// How the CA is.
import {get} from "/js/api.js";
import {badge, el, facts, table} from "/js/dom.js";
import {ago, dateTime, number} from "/js/format.js";
import {code, command, label, time} from "/js/operator/command.js";
import {linePlot, lived} from "/js/plot.js";
import {t} from "/js/text.js";

const numbers = (are) => facts(...Object.entries(are).map(([name, value]) => [label(name), typeof value === "number" ? number(value) : value]));

function roles({fronts, ...others}) {
  const all = [...fronts.map((front, at) => [fronts.length > 1 ? `front ${at + 1}` : "front", front]), ...Object.entries(others)];
  return table(t("operator.roles"), [t("operator.role"), t("operator.state"), t("operator.queued")], all.map(([name, is]) => [code(name),
    is.connected ? badge("good", t("operator.connected")) : badge("bad", t("operator.gone")), number(is.queued)]));
}

function crls(list) {
  return table("CRL", [t("certificate.issuer"), t("operator.shard"), t("operator.made"), t("operator.until")], list.map((crl) => [code(crl.issuer), crl.shard, time(crl.this_update),
    [time(crl.next_update), Date.parse(crl.next_update) < Date.now() ? [" ", badge("bad", t("certificate.expired"))] : null]]));
}

function plots(days) {
  const names = days.map(({day}) => day);
  return days.length > 1 && el("div", {class: "cards"},
    linePlot(t("statistics.active_plot"), names, [{name: t("statistics.active"), values: days.map((day) => day.active)}], 2),
    linePlot(t("statistics.day_plot"), names, ["issued", "renewed", "revoked"].map((name) => ({name: t(`statistics.${name}`), values: days.map((day) => day[name])})), 2));
}

const column = (title, node, kind = "") => el("section", {class: `card ${kind}`}, el("h2", {}, title), node);

export async function health() {
  const [is, statistics] = await Promise.all([command("health"), get("public/statistics").catch(() => ({days: []}))]);
  const {letters_failed: failed, ...waiting} = is.waiting;
  return [
    el("p", {}, t("operator.up", {version: is.version, since: dateTime(Date.parse(is.started) / 1000), ago: ago(Date.parse(is.started) / 1000)})),
    el("div", {class: "cards"},
      column(t("operator.roles"), roles(is.roles)),
      column(t("operator.waits"), [numbers(waiting), failed ? badge("bad", t("operator.letters_failed", {count: failed})) : null]),
      column(t("operator.under_way"), numbers(is.under_way)),
      column(t("operator.store"), numbers(is.store)),
      column(t("operator.issuers"), facts(...is.issuers.map((issuer) => [code(issuer.id), [time(issuer.not_after), " ", issuer.current && badge("good", t("developers.current"))]]))),
      column("CRL", crls(is.crls), "whole")),
    plots(lived(statistics.days)),
  ];
}
