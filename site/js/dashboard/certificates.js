// Certificates: how they stand, their files, renewing and revoking.
import {get, post} from "/js/api.js";
import {certificateState, expiryBar, isCalled, isDue, isLiving, nameList, reasonText} from "/js/certificate.js";
import {freshPost, openDialog} from "/js/dialog.js";
import {button, byId, download, el, facts, fileName, notice} from "/js/dom.js";
import {date} from "/js/format.js";
import {addPage, load} from "/js/load.js";
import {t} from "/js/text.js";

const REASONS = [[4, "superseded"], [1, "keyCompromise"], [5, "cessationOfOperation"], [3, "affiliationChanged"], [0, "unspecified"]];

export const reload = () => load(byId("certificate-list"), certificates);

async function showFiles({serial}) {
  const certificate = await get(`certificates/${serial}`);
  const name = fileName(certificate.domain);
  const chain = certificate.chain.join("");
  const file = (title, end, text) => el("li", {class: "row apart"}, el("span", {}, title, el("br"), el("code", {}, `${name}${end}`)),
    button(t("say.download"), () => download(`${name}${end}`, text)));
  await openDialog(nameList(certificate), [
    el("ul", {class: "cards one"}, file(t("certificate.full"), ".fullchain.pem", certificate.pem + chain), file(t("certificate.single"), ".pem", certificate.pem),
      file(t("certificate.chain"), ".chain.pem", chain)),
    el("p", {class: "quiet small"}, t("certificate.no_key")),
    facts([t("certificate.names"), certificate.names.join(", ")], [t("certificate.issuer"), certificate.issuer], [t("certificate.key_type"), certificate.key_type],
      ["SHA-256", el("code", {}, certificate.fingerprint)], [t("certificate.serial"), el("code", {}, serial)]),
  ]);
}

async function revoke(certificate) {
  const done = await openDialog(t("certificate.revoke_title", {name: nameList(certificate)}), [
    el("p", {}, t("certificate.revoke_text")),
    el("fieldset", {}, el("legend", {}, t("certificate.reason")), REASONS.map(([number, word], at) => el("label", {class: "check"},
      el("input", {type: "radio", name: "reason", value: number, checked: at === 0}), el("span", {}, reasonText(word))))),
  ], {label: t("certificate.revoke"), danger: true, act: async (given, form) => {
    const reason = Number(form.querySelector("[name=reason]:checked").value);
    return (reason === 1 ? freshPost : post)(`certificates/${certificate.serial}/revoke`, {reason}); // a key in wrong hands: the password again
  }});
  if (done)
    await reload();
}

function card(certificate) {
  const living = isLiving(certificate);
  const due = isDue(certificate);
  return el("li", {class: "card"},
    el("div", {class: "row apart"}, el("h3", {}, nameList(certificate)), certificateState(certificate)),
    isCalled(certificate) && notice("warn", t("certificate.called"), certificate.renew_why && [" ", el("a", {href: certificate.renew_why, rel: "noreferrer"}, t("certificate.called_why"))]),
    expiryBar(certificate),
    facts([t("certificate.validity"), t("certificate.from_to", {from: date(certificate.not_before), to: date(certificate.not_after)})],
      certificate.status === "revoked" && [t("certificate.revoked"), `${date(certificate.revoked_at)}: ${reasonText(certificate.reason)}`],
      [t("certificate.profile"), el("code", {}, certificate.profile)], [t("certificate.by"), certificate.key],
      [t("certificate.serial"), el("code", {}, certificate.serial)]),
    el("div", {class: "row"},
      living && el("a", {class: due ? "button small" : "button second small", href: `/get#renew=${certificate.serial}`}, t("certificate.renew")),
      button(t("certificate.files"), () => showFiles(certificate)),
      living && button(t("certificate.revoke"), () => revoke(certificate), "danger small")));
}

export async function certificates() {
  const now = el("ul", {class: "cards one"});
  const before = el("ul", {class: "cards one"});
  const earlier = el("details", {}, el("summary", {}, t("dashboard.earlier")), before);
  const behind = el("div");
  const lists = {append: (...cards) => cards.forEach(([living, node]) => (living ? now : before).append(node))};
  const count = await addPage("certificates", "certificates", lists, behind, (one) => [isLiving(one) && !one.renewed_by, card(one)]);
  if (!count)
    return el("div", {class: "empty"}, el("p", {}, t("dashboard.no_certificates")), el("p", {}, el("a", {class: "button", href: "/get"}, t("dashboard.first"))),
      el("p", {class: "quiet"}, t("dashboard.no_certificates_else")));
  return [now, before.children.length ? earlier : null, behind];
}
