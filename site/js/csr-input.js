// A certificate request that exists already: pasted, chosen or dropped as a file, and checked by the CA in words before it is used.
import {post} from "/js/api.js";
import {base64url, fromPem, pem, REQUEST_LABELS} from "/js/bytes.js";
import {button, el, fill, notice} from "/js/dom.js";
import {field} from "/js/form.js";
import {said} from "/js/problem.js";
import {has, t} from "/js/text.js";

const FILE_MAX = 65536;

// A file may be PEM or DER.
async function textOf(file) {
  if (file.size > FILE_MAX)
    return "";
  const bytes = new Uint8Array(await file.arrayBuffer());
  return bytes[0] === 0x30 ? pem(REQUEST_LABELS[0], bytes) : new TextDecoder().decode(bytes);
}

function findings(answer) {
  return el("ul", {}, answer.findings.map(({word, detail}) => el("li", {}, has(`csr.${word}`) ? t(`csr.${word}`) : word, detail && [" ", el("q", {lang: "en"}, detail)])));
}

function verdict(answer) {
  if (!answer.usable)
    return el("div", {class: "notice bad", role: "alert"}, el("p", {}, el("b", {}, t("get.csr_unusable"))), findings(answer));
  return el("div", {class: "notice good", role: "status"}, el("p", {}, t("get.csr_usable", {names: answer.names.join(", "), key: answer.key_type})),
    answer.findings.length > 0 && findings(answer));
}

// Before anything is sent: a private key stays here.
function wrongAtSight(text) {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    return t("get.csr_private");
  return fromPem(text, ...REQUEST_LABELS) ? null : t("csr.no-request");
}

// use({csr: base64url of its DER, identifiers, names}) is called when the person wants this request. Returns nodes.
export function requestInput(use) {
  const area = field(t("get.csr"), {element: "textarea", rows: 8, hint: t("get.csr_hint"), spellcheck: "false", placeholder: "-----BEGIN CERTIFICATE REQUEST-----"});
  const text = area.querySelector("textarea");
  const file = field(t("get.csr_file"), {type: "file", accept: ".csr,.pem,.req,.der,.p10"});
  const place = el("div", {});
  const look = async () => {
    const wrong = wrongAtSight(text.value);
    if (wrong)
      return fill(place, notice("bad", wrong));
    try {
      const answer = await post("public/csr", {csr: text.value});
      const csr = base64url(fromPem(text.value, ...REQUEST_LABELS));
      return fill(place, verdict(answer), answer.usable && button(t("get.csr_use"), () => use({...answer, csr}), ""));
    } catch (error) {
      return fill(place, said(error));
    }
  };
  const take = async (from) => {
    if (!from)
      return;
    text.value = await textOf(from);
    await look();
  };
  file.querySelector("input").addEventListener("change", (event) => take(event.target.files[0]));
  text.addEventListener("input", () => fill(place));
  const all = el("div", {}, area, file, el("p", {}, button(t("get.csr_check"), look, "second")), place);
  all.addEventListener("dragover", (event) => event.preventDefault());
  all.addEventListener("drop", (event) => {
    if (event.dataTransfer.files.length) {
      event.preventDefault();
      take(event.dataTransfer.files[0]);
    }
  });
  return all;
}
