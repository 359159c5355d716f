// The second factor: an authenticator app, and recovery codes for when it is lost.
import {post, session} from "/js/api.js";
import {freshPost, openDialog} from "/js/dialog.js";
import {badge, button, copied, download, el, facts, svg} from "/js/dom.js";
import {field} from "/js/form.js";
import {load} from "/js/load.js";
import {t} from "/js/text.js";

const QUIET = 4; // modules around a QR code

function drawing({size, rows}) {
  const whole = size + 2 * QUIET;
  const path = rows.flatMap((row, y) => [...row].map((module, x) => (module === "1" ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : ""))).join("");
  return svg("svg", {class: "qr", viewBox: `0 0 ${whole} ${whole}`, role: "img", "aria-label": t("totp.qr"), "shape-rendering": "crispEdges"},
    svg("rect", {width: whole, height: whole, fill: "#fff"}), svg("path", {d: path, fill: "#000"}));
}

function showCodes(codes) {
  const text = codes.join("\n");
  return openDialog(t("totp.codes"), [el("p", {}, t("totp.codes_text")), copied(text)],
    {extra: [button(t("say.download"), () => download("xica-recovery-codes.txt", `${text}\n`, "text/plain"), "second")]});
}

async function begin(place) {
  const begun = await freshPost("person/totp/begin");
  if (!begun)
    return;
  const done = await openDialog(t("totp.title"), [
    el("p", {}, t("totp.scan")), drawing(begun.qr),
    el("details", {}, el("summary", {}, t("totp.no_camera")), facts([t("totp.secret"), el("code", {}, begun.secret.match(/.{1,4}/g).join(" "))]),
      el("p", {}, el("a", {href: begun.uri}, t("totp.open")))),
    field(t("form.code"), {name: "code", class: "code", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 16, required: true, hint: t("totp.code_hint")}),
  ], {label: t("totp.on"), act: ({code}) => freshPost("person/totp/finish", {code: code.replace(/\s/g, "")})});
  if (done) {
    await showCodes(done.recovery_codes);
    await again(place);
  }
}

async function again(place) {
  await session(true);
  await load(place, () => totp(place));
}

async function renewCodes() {
  const made = await freshPost("person/recovery-codes");
  if (made)
    await showCodes(made.recovery_codes);
}

async function remove(place) {
  if (await openDialog(t("totp.off"), [el("p", {}, t("totp.off_text"))], {label: t("totp.off"), danger: true, act: () => freshPost("person/totp/remove")}))
    await again(place);
}

export async function totp(place) {
  const is = await session();
  return is.totp
    ? [el("p", {}, badge("good", t("totp.is_on"))), el("div", {class: "row"}, button(t("totp.new_codes"), renewCodes), button(t("totp.off"), () => remove(place), "danger small"))]
    : button(t("totp.on"), () => begin(place), "second");
}
