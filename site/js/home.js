// The start page: the domain that was typed leads into the wizard.
import {get} from "/js/api.js";
import {byId, letCopy, show} from "/js/dom.js";
import {number} from "/js/format.js";
import {onSubmit} from "/js/form.js";
import {t} from "/js/text.js";

// "anna@example.org/phone" and "https://example.org/" mean example.org.
function domainOf(text) {
  return text.replace(/^[a-z]+:\/*/i, "").replace(/^[^@]*@/, "").replace(/[/?#:].*$/, "").replace(/\.$/, "");
}

onSubmit(byId("begin"), ({domain}) => location.assign(`/get#domain=${encodeURIComponent(domainOf(domain))}`));
letCopy();
get("public/numbers").then((are) => {
  byId("numbers").textContent = t("home.numbers", {active: number(are.active), domains: number(are.domains), count: are.active});
  show(byId("numbers"));
}, () => {});
