// Step 3: the key that the certificate is for: made here, or of a request that exists already. Ends with the certificate.
import {asProblem} from "/js/acme.js";
import {base64url} from "/js/bytes.js";
import {makeCsr, makeKey} from "/js/csr.js";
import {requestInput} from "/js/csr-input.js";
import {el, fill, notice, waiting} from "/js/dom.js";
import * as drafts from "/js/draft.js";
import {onSubmit} from "/js/form.js";
import {sameIdentifiers} from "/js/names.js";
import {said} from "/js/problem.js";
import {t} from "/js/text.js";

const REVIEW = 60; // seconds: a CA that says so doesn't wait for itself
const MADE = {p256: "P-256", rsa: "RSA-3072"};

function choices(draft) {
  const offered = draft.given ? [draft.givenBy === "earlier" ? "earlier" : "given"] : [];
  return [...offered, ...(draft.pair ? ["kept"] : []), "p256", "rsa", "own"];
}

// The key is kept, with its request, before the CA hears of it: no certificate is ever made for a key that is lost.
async function requestOf(wizard, choice, own) {
  const {draft} = wizard;
  if (choice === "kept")
    return draft.csr;
  if (choice === "own" || !MADE[choice])
    await drafts.change(draft, {pair: null, csr: choice === "own" ? own.csr : draft.given, saved: false});
  else {
    const pair = await makeKey(MADE[choice]);
    await drafts.change(draft, {pair, csr: base64url(await makeCsr(pair, draft.identifiers)), saved: false});
  }
  return draft.csr;
}

async function issue(wizard, choice, own, place) {
  fill(place, waiting(t(choice === "rsa" ? "get_key.making_rsa" : "get_key.making")));
  const csr = await requestOf(wizard, choice, own);
  fill(place, waiting(t("get_key.issuing")));
  const account = await wizard.account();
  wizard.order = await account.finalize(wizard.order, csr);
  await outcome(wizard, place);
}

// Until the certificate is there. It takes a moment, or longer where somebody at the CA looks at the order first.
async function outcome(wizard, place) {
  const account = await wizard.account();
  const waits = (seconds) => seconds >= REVIEW && fill(place, notice("", t("get_key.review")), waiting(t("get_key.review_waits")));
  if (wizard.order.status === "processing")
    wizard.order = await account.watch(wizard.order.url, ({status}) => status !== "processing", {signal: wizard.signal, waits});
  const {status, error} = wizard.order;
  if (status === "valid")
    await wizard.go("done");
  else if (error)
    fill(place, said(asProblem(error), t("get_key.not_issued")));
  else
    await wizard.resume(wizard.draft);
}

export async function show(body, wizard) {
  if (wizard.order?.status !== "processing")
    return choose(body, wizard);
  fill(body, waiting(t("get_key.issuing")));
  return outcome(wizard, body);
}

async function choose(body, wizard) {
  const {draft, signal} = wizard;
  let own = null;
  const place = el("div", {role: "status"}), ownPlace = el("div", {hidden: true}), ownState = el("div", {role: "status"});
  const input = requestInput((request) => {
    own = sameIdentifiers(request.identifiers, draft.identifiers) ? request : null;
    fill(ownState, own ? notice("good", t("get_key.own_taken")) : notice("bad", t("get_key.own_other", {names: draft.identifiers.map(({value}) => value).join(", ")})));
  });
  ownPlace.append(input, ownState);
  const radios = choices(draft).map((choice, at) => el("label", {class: "choice"},
    el("input", {type: "radio", name: "key", value: choice, checked: at === 0, onchange: () => (ownPlace.hidden = choice !== "own")}),
    el("span", {}, el("b", {}, t(`get_key.${choice}`)), el("small", {class: "quiet"}, t(`get_key.${choice}_about`)))));
  const form = el("form", {}, el("fieldset", {}, el("legend", {}, t("get_key.which")), radios), ownPlace, place,
    el("p", {}, el("button", {type: "submit"}, t("get_key.get"))));
  onSubmit(form, async () => {
    const choice = form.querySelector("[name=key]:checked").value;
    if (choice === "own" && !own) {
      fill(ownState, notice("bad", t("get_key.own_missing")));
      return;
    }
    try {
      await issue(wizard, choice, own, place);
    } catch (error) {
      if (!signal.aborted)
        fill(place, said(error, t("get_key.not_issued")));
    }
  });
  fill(body, el("p", {}, t("get_key.lead")), form);
}
