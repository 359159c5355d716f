import {methodText} from "/js/certificate.js";
import {el, table} from "/js/dom.js";
import {ago, date} from "/js/format.js";
import {addPage} from "/js/load.js";
import {t} from "/js/text.js";

function row({identifier, wildcard, method, expires, key}) {
  const name = `${wildcard ? "*." : ""}${identifier.value}`;
  return el("tr", {}, [el("strong", {}, name, identifier.type === "srv" && el("small", {class: "quiet"}, ` ${t("domain.service")}`)), methodText(method), key,
    `${date(expires)}, ${ago(expires)}`].map((cell) => el("td", {}, cell)));
}

export async function domains() {
  const shown = table(t("dashboard.domains"), [t("form.domain"), t("domain.method"), t("certificate.by"), t("domain.until")], []);
  const behind = el("div");
  return await addPage("domains", "domains", shown.querySelector("tbody"), behind, row)
    ? [shown, behind]
    : el("div", {class: "empty"}, el("p", {class: "quiet"}, t("dashboard.no_domains")));
}
