import {methodText} from "/js/certificate.js";
import {el, table, tableRow} from "/js/dom.js";
import {ago, date} from "/js/format.js";
import {addPage} from "/js/load.js";
import {t} from "/js/text.js";

const head = () => [t("form.domain"), t("domain.method"), t("certificate.by"), t("domain.until")];

function row({identifier, wildcard, method, expires, key}) {
  const name = `${wildcard ? "*." : ""}${identifier.value}`;
  return tableRow(head(), [el("strong", {}, name, identifier.type === "srv" && el("small", {class: "quiet"}, ` ${t("domain.service")}`)), methodText(method), key,
    `${date(expires)}, ${ago(expires)}`]);
}

export async function domains() {
  const shown = table(t("dashboard.domains"), head(), []);
  const behind = el("div");
  return await addPage("domains", "domains", shown.querySelector("tbody"), behind, row)
    ? [shown, behind]
    : el("div", {class: "empty"}, el("p", {class: "quiet"}, t("dashboard.no_domains")));
}
