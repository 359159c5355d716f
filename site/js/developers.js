// What software needs to know of this CA, from the CA itself: its profiles and authorities.
import {get} from "/js/api.js";
import {badge, byId, copied, download, button, el, facts, fileName, fill, letCopy, notice, waiting} from "/js/dom.js";
import {date} from "/js/format.js";
import {errorText, has, rich, t} from "/js/text.js";

const pairs = (hex) => hex.toUpperCase().match(/../g).join(":");

function state(authority) {
  const kind = badge("", t(authority.root ? "developers.root" : "developers.intermediate"));
  return [kind, " ", badge(authority.current ? "good" : "", t(authority.current ? "developers.current" : "developers.earlier"))];
}

function card(authority) {
  const name = fileName(authority.id);
  return el("div", {class: "card"}, el("h3", {}, authority.subject), el("p", {}, state(authority)),
    facts([t("certificate.validity"), `${date(authority.not_before)} – ${date(authority.not_after)}`],
      [t("certificate.key_type"), authority.key_type],
      ["SHA-256", el("code", {}, pairs(authority.sha256))],
      ["SHA-1", el("code", {}, pairs(authority.sha1))],
      ["CRL", authority.crl_urls.length ? authority.crl_urls.map((url) => el("div", {}, el("a", {href: url}, url))) : null]),
    el("div", {class: "row"}, button("PEM", () => download(`${name}.pem`, authority.pem)),
      authority.der_url && el("a", {class: "button second small", href: authority.der_url}, "DER")));
}

function showAuthorities(are) {
  const order = (one) => (one.root ? 0 : 1) + (one.current ? 0 : 2);
  fill(byId("list"), are.authorities.toSorted((one, other) => order(one) - order(other)).map(card));
  fill(byId("bundle"), are.bundle_url && [rich("developers.bundle", {pem: el("a", {href: are.bundle_url}, "PEM"), p7b: el("a", {href: are.bundle_p7b_url}, "PKCS #7")}), " "],
    rich("developers.whole", {p7b: el("a", {href: are.p7b_url}, "PKCS #7")}));
  fill(byId("ocsp"), are.ocsp_url ? [t("developers.ocsp"), copied(are.ocsp_url)] : t("developers.no_ocsp"));
}

async function showProfiles() {
  const directory = await (await fetch("/acme/directory")).json();
  const profiles = Object.entries(directory.meta?.profiles ?? {});
  if (profiles.length)
    fill(byId("profiles"), el("h3", {}, t("developers.profiles")), el("p", {}, t("developers.profiles_text")),
      facts(...profiles.map(([name, description]) => [el("code", {}, name),
        has(`profile.${name}`) ? t(`profile.${name}`) : el("span", {lang: "en"}, description)])));
}

letCopy();
fill(byId("list"), waiting());
get("public/authorities").then(showAuthorities).catch((error) => fill(byId("list"), notice("bad", errorText(error))));
showProfiles().catch(() => {}); // the directory's own address stands above
