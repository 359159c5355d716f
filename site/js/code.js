// The page behind the link in a letter of email-01: says what would be confirmed, and confirms it when its button is pressed, never by being opened.
import {post} from "/js/api.js";
import {button, byId, el, fill, notice} from "/js/dom.js";
import {domain as readDomain} from "/js/names.js";
import {errorText, rich, t} from "/js/text.js";

function fragmentText() {
  try {
    return decodeURIComponent(location.hash);
  } catch {
    return ""; // a "%" that stands for nothing
  }
}

// #AUTHZ.CODE.DOMAIN; the first two hold no dot. null: not whole.
function read() {
  const [, authz, code, domain] = fragmentText().match(/^#([^.]+)\.([^.]+)\.(.+)$/) ?? [];
  return domain && readDomain(domain).name === domain ? {authz, code, domain} : null;
}

async function confirm({authz, code, domain}, said) {
  try {
    await post("code", {authz, code});
    fill(byId("code"), notice("good", t("code.proven", {domain})));
    byId("main").focus();
  } catch (error) {
    const why = error.why && ` ${t("error.why", {why: error.why})}`;
    fill(said, error.word === "wrong-code" ? notice("bad", t("code.void"), why) : notice("bad", errorText(error)));
  }
}

// "ABCDEFGH" as it stands in the letter.
const spelt = (code) => (/^[^-]{8}$/.test(code) ? `${code.slice(0, 4)}-${code.slice(4)}` : code);

function show() {
  const asked = read();
  if (!asked) {
    fill(byId("code"), notice("bad", t("code.no_link")));
    return;
  }
  const bold = () => ({domain: el("b", {}, asked.domain)});
  const said = el("div", {});
  fill(byId("code"), el("p", {class: "lead"}, rich("code.lead", bold())), el("p", {}, rich("code.means", bold())), el("p", {}, t("code.yours")),
    el("p", {class: "mono code"}, spelt(asked.code)), said, el("p", {}, button(t("code.confirm"), () => confirm(asked, said), "")),
    el("p", {class: "quiet"}, t("code.not_yours")));
}

addEventListener("hashchange", show);
show();
