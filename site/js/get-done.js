// Step 4: the certificate is there: files to download, and where to go from here.
import {pemBlocks} from "/js/bytes.js";
import {privateKeyPem} from "/js/csr.js";
import {busy, download, el, fileName, fill, notice} from "/js/dom.js";
import * as drafts from "/js/draft.js";
import {readable} from "/js/idn.js";
import {mainDomain} from "/js/names.js";
import {t} from "/js/text.js";

function file(name, about, text, then, kind = "second") {
  const pressed = el("button", {type: "button", class: kind, "data-file": name}, t("say.download"), " ", el("span", {class: "seen-by-readers"}, name));
  pressed.addEventListener("click", () => busy(pressed, async () => {
    download(name, await text());
    await then?.();
  }));
  const what = el("div", {}, el("b", {class: "mono"}, name), el("br"), el("small", {class: "quiet"}, about));
  return el("div", {class: "card", role: "listitem"}, el("div", {class: "row apart"}, what, pressed));
}

// The files, named by the domain: what servers want first, what they rarely want last.
function files(draft, chain, keySaved) {
  const base = fileName(mainDomain(draft.identifiers));
  const [leaf, ...above] = pemBlocks(chain);
  const key = () => privateKeyPem(draft.pair);
  const both = async () => `${await key()}${chain}`;
  return el("div", {role: "list"},
    draft.pair && file(`${base}.key`, t("get_done.key"), key, keySaved, ""),
    file(`${base}.crt`, t("get_done.full"), () => chain, null, draft.pair ? "second" : ""),
    file(`${base}.cert.pem`, t("get_done.leaf"), () => leaf),
    file(`${base}.chain.pem`, t("get_done.chain"), () => above.join("")),
    draft.pair && file(`${base}.pem`, t("get_done.both"), both, keySaved));
}

const installAddress = (draft) => `/install#names=${encodeURIComponent(draft.identifiers.map(({value}) => value).join(","))}`;

async function finish(wizard) {
  const {draft} = wizard;
  const to = installAddress(draft);
  await drafts.drop(draft);
  location.assign(to);
}

function keyState(draft) {
  if (draft.pair)
    return notice("warn", t("get_done.key_here"));
  return draft.saved ? notice("", t("get_done.key_gone")) : notice("", t("get_done.key_yours"));
}

export async function show(body, wizard) {
  const {draft} = wizard;
  const account = await wizard.account();
  wizard.order ??= await account.order(draft.order);
  const chain = await account.certificate(wizard.order);
  const state = el("div", {role: "status"}, keyState(draft));
  const keySaved = async () => {
    await drafts.change(draft, {saved: true});
    fill(state, notice("good", t("get_done.key_saved")));
  };
  const leave = el("button", {type: "button"}, t("get_done.install"));
  leave.addEventListener("click", () => busy(leave, async () => {
    if (draft.pair && !draft.saved)
      fill(state, notice("bad", t("get_done.key_first")));
    else
      await finish(wizard);
  }));
  fill(body, notice("good", t("get_done.lead", {names: draft.identifiers.map(({value}) => readable(value)).join(", ")})), state, files(draft, chain, keySaved),
    el("p", {}, t("get_done.later")), el("p", {}, leave));
}
