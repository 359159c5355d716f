// What the CA has issued: figures, plots and the quarterly report.
import {get} from "/js/api.js";
import {methodText} from "/js/certificate.js";
import {byId, el, fill, notice, table, waiting} from "/js/dom.js";
import {number, percent} from "/js/format.js";
import {linePlot, lived, shares} from "/js/plot.js";
import {errorText, t} from "/js/text.js";

const dayOf = (day) => new Intl.DateTimeFormat(document.documentElement.lang, {day: "numeric", month: "short", timeZone: "UTC"}).format(new Date(day));

function figures(are) {
  return el("div", {class: "figures"}, ["active", "domains", "issued", "revoked"].map((name) =>
    el("div", {}, el("b", {}, number(are[name])), t(`statistics.${name}`))));
}

function plots({key_types, profiles, methods}, days) {
  const labels = days.map(({day}) => dayOf(day));
  const of = (name) => ({name: t(`statistics.${name}`), values: days.map((day) => day[name])});
  return [
    linePlot(t("statistics.active_plot"), labels, [of("active")]),
    linePlot(t("statistics.day_plot"), labels, [of("issued"), of("renewed"), of("revoked")]),
    el("div", {class: "cards"}, shares(t("statistics.key_types"), key_types), shares(t("statistics.profiles"), profiles), shares(t("statistics.methods"), methods, methodText)),
  ];
}

function report(quarters) {
  const head = ["quarter", "issued", "renewed", "rate", "revoked", "active"].map((name) => t(`statistics.${name}`));
  return [el("h2", {id: "report"}, t("statistics.report")), el("p", {}, t("statistics.report_text")),
    table(t("statistics.report"), head, quarters.toReversed().map((of) => [of.quarter, number(of.issued), number(of.renewed),
      of.renewal_rate === null || of.renewal_rate === undefined ? "–" : percent(of.renewal_rate, 1), number(of.revoked), of.active === null ? "–" : number(of.active)]))];
}

async function load() {
  const [numbers, statistics] = await Promise.all([get("public/numbers"), get("public/statistics")]);
  const days = lived(statistics.days);
  return [figures(numbers),
    days.length ? plots(statistics, days) : el("p", {class: "empty quiet"}, t("statistics.empty")),
    statistics.quarters.length ? report(statistics.quarters) : null];
}

const content = byId("content");
fill(content, waiting());
load().then((nodes) => fill(content, nodes), (error) => fill(content, notice("bad", errorText(error))));
