import {el, table, tableRow} from "/js/dom.js";
import {dateTime} from "/js/format.js";
import {addPage} from "/js/load.js";
import {has, t} from "/js/text.js";

const NOTHING = {key: "", name: "", domain: "", serial: "", address: "", agent: "", by: ""};

function what(event) {
  const key = `history.${event.what}`;
  const by = event.detail.by && has(`history.by-${event.detail.by}`) ? t(`history.by-${event.detail.by}`) : event.detail.by;
  return has(key) ? t(key, {...NOTHING, ...event.detail, by: by ?? ""}) : event.what;
}

const head = () => [t("history.time"), t("history.what"), t("history.remote")];
const row = (event) => tableRow(head(), [dateTime(event.time), what(event), event.remote && el("code", {}, event.remote)]);

export async function history() {
  const shown = table(t("dashboard.history"), head(), []);
  const behind = el("div");
  return await addPage("history", "events", shown.querySelector("tbody"), behind, row)
    ? [shown, behind]
    : el("div", {class: "empty"}, el("p", {class: "quiet"}, t("dashboard.no_history")));
}
