// Issued certificates of a domain; #domain=example.org is a link to what was found.
import {fragment, get} from "/js/api.js";
import {button, byId, download, el, fileName, fill, waiting} from "/js/dom.js";
import {certificateState, nameList} from "/js/certificate.js";
import {date} from "/js/format.js";
import {onSubmit, sayError} from "/js/form.js";
import {t} from "/js/text.js";

const found = byId("found");

async function save(certificate) {
  const {pem} = await get(`public/certificates/${certificate.serial}`);
  download(`${fileName(certificate.names[0])}.pem`, pem);
}

function card(certificate) {
  return el("li", {class: "card"}, el("div", {class: "row apart"}, el("strong", {}, nameList(certificate)), certificateState(certificate)),
    el("p", {class: "quiet small"}, t("certificate.from_to", {from: date(certificate.not_before), to: date(certificate.not_after)}), " · ", el("code", {}, certificate.profile)),
    el("p", {class: "small mono"}, certificate.serial),
    button(t("say.download"), () => save(certificate)));
}

async function more(domain, after, list, last) {
  const {certificates, next} = await get(`public/search?domain=${encodeURIComponent(domain)}${after ? `&after=${encodeURIComponent(after)}` : ""}`);
  list.append(...certificates.map(card));
  last.replaceChildren(...(next ? [button(t("say.more"), () => more(domain, next, list, last))] : []));
  return list.children.length;
}

async function look(domain) {
  fill(found, waiting());
  history.replaceState(null, "", `#domain=${encodeURIComponent(domain)}`);
  const list = el("ul", {class: "cards one"});
  const last = el("p");
  try {
    const count = await more(domain, null, list, last);
    fill(found, count
      ? [el("h2", {}, t("search.found", {domain})), list, last]
      : el("div", {class: "empty"}, el("p", {}, t("search.none", {domain})), el("p", {class: "quiet"}, t("search.none_text"))));
  } catch (error) {
    found.replaceChildren();
    throw error;
  }
}

onSubmit(byId("search"), ({domain}) => look(domain));
const asked = fragment().get("domain");
if (asked) {
  byId("domain").value = asked;
  look(asked).catch((error) => sayError(byId("search"), error));
}
