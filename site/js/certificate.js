// How a certificate is shown, wherever it is.
import {badge, el} from "/js/dom.js";
import {ago, DAY, now} from "/js/format.js";
import {has, t} from "/js/text.js";

export const isLiving = (certificate) => certificate.status === "issued" && certificate.not_after > now();

// Whether the CA asks for a renewal before its time.
export const isCalled = (certificate) => isLiving(certificate) && !certificate.renewed_by && certificate.renew_now;

// When a renewal is due: in the last third of its life, or when the CA says so.
export const isDue = (certificate) => isCalled(certificate) || (isLiving(certificate) && !certificate.renewed_by &&
  now() > certificate.not_after - (certificate.not_after - certificate.not_before) / 3);

export function certificateState(certificate) {
  if (certificate.status === "revoked")
    return badge("bad", t("certificate.revoked"));
  if (certificate.not_after <= now())
    return badge("", t("certificate.expired"));
  if (certificate.renewed_by)
    return badge("", t("certificate.renewed"));
  if (isCalled(certificate))
    return badge("bad", t("certificate.renew_now"));
  return isDue(certificate) ? badge("warn", t("certificate.due")) : badge("good", t("certificate.valid"));
}

// The domains; the services' own names add nothing to a domain that is there.
export function nameList(certificate) {
  const domains = certificate.names.filter((name) => !name.startsWith("_"));
  return (domains.length ? domains : certificate.names).join(", ");
}

export function reasonText(reason) {
  return has(`reason.${reason}`) ? t(`reason.${reason}`) : reason;
}

export const methodText = (method) => (has(`method.${method}`) ? t(`method.${method}`) : method);

// How much of its time is left.
export function expiryBar(certificate) {
  if (!isLiving(certificate))
    return null;
  const text = t("certificate.ends", {when: ago(certificate.not_after)});
  return el("div", {}, el("progress", {class: certificate.not_after - now() < 20 * DAY ? "warn" : "", max: certificate.not_after - certificate.not_before,
    value: Math.round(certificate.not_after - now()), "aria-label": text}), el("small", {class: "quiet"}, text));
}
