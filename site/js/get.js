// The wizard: from a domain to a certificate, by ACME (docs/acme.md), in four steps. Each step is a file get-STEP.js; this one goes from one to the next,
// and finds back to where the person was.
import {openAccount, accountIsGone, livingKids} from "/js/acme-account.js";
import {asProblem, Problem} from "/js/acme.js";
import {fragment, session} from "/js/api.js";
import {byId, el, fill, waiting} from "/js/dom.js";
import * as drafts from "/js/draft.js";
import * as done from "/js/get-done.js";
import * as key from "/js/get-key.js";
import * as names from "/js/get-names.js";
import * as prove from "/js/get-prove.js";
import {said} from "/js/problem.js";
import {t} from "/js/text.js";

const STEPS = {names, prove, key, done};

// What the steps share. draft: the certificate under way (draft.js), or null; order: as the CA last showed it.
const wizard = {
  draft: null, order: null, found: [], is: null, go, account, orderAnew, resume, attempt,
  signal: null, // aborted when the step is left
};

let opened = null, leaving = null;

function account() {
  opened ??= openAccount().catch((error) => {
    opened = null;
    throw error;
  });
  return opened;
}

function showWay(step) {
  const steps = Object.keys(STEPS);
  for (const item of byId("way").children) {
    const at = steps.indexOf(item.dataset.step), here = steps.indexOf(step);
    item.classList.toggle("done", at < here);
    if (at === here)
      item.setAttribute("aria-current", "step");
    else
      item.removeAttribute("aria-current");
  }
}

// told: nodes to show above the step, such as why one is here.
async function go(step, ...told) {
  leaving?.abort();
  leaving = new AbortController();
  wizard.signal = leaving.signal;
  showWay(step);
  if (step !== "names" && asked())
    history.replaceState(null, "", location.pathname);
  const heading = el("h2", {tabindex: "-1"}, t(`get.${step}_title`));
  const body = el("div", {}, waiting());
  fill(byId("step"), heading, told, body);
  heading.focus({preventScroll: true});
  heading.scrollIntoView({block: "nearest"});
  await attempt(body, () => STEPS[step].show(body, wizard));
}

// Does the work; what fails is shown in body, with a button to try it again. An account that is gone is replaced, and the step begins again.
async function attempt(body, work, what) {
  const {signal} = wizard;
  try {
    await work();
  } catch (error) {
    if (signal.aborted)
      return;
    if (error instanceof Problem && opened && await accountIsGone(await account(), error))
      await beginAnew();
    else
      fill(body, said(error, what), el("p", {}, again(body, work, what)));
  }
}

function again(body, work, what) {
  const made = el("button", {type: "button", class: "second"}, t("say.again"));
  made.addEventListener("click", () => {
    fill(body, waiting());
    attempt(body, work, what);
  });
  return made;
}

async function beginAnew() {
  opened = null;
  if (!wizard.draft)
    return go("names");
  drafts.keepWish({names: wizard.draft.identifiers.map(({value}) => value)});
  await drafts.drop(wizard.draft);
  wizard.draft = null;
  return go("names", el("p", {class: "notice warn"}, t("get.account_gone")));
}

// An order for the draft's names in place of one that can't be had any more; what was proven holds for it too.
async function orderAnew() {
  const order = await (await account()).newOrder(wizard.draft.identifiers, wizard.draft.profile);
  await drafts.move(wizard.draft, order);
  wizard.order = order;
}

// Takes up a draft where its order stands.
async function resume(draft) {
  wizard.draft = draft;
  drafts.makeCurrent(draft);
  const from = await account();
  const order = await from.order(draft.order).catch((error) => {
    if (error instanceof Problem && error.status === 404)
      return null;
    throw error;
  });
  wizard.order = order;
  if (!order || order.status === "invalid") {
    await orderAnew();
    return go("prove", order?.error && said(asProblem(order.error)), el("p", {class: "notice warn"}, t("get.order_anew")));
  }
  return go({pending: "prove", ready: "key", processing: "key", valid: "done"}[order.status]);
}

// Whether the address asks for something new: #domain=…, #renew=…. It does until an order was made of it.
const asked = () => fragment().has("domain") || fragment().has("renew");

async function start() {
  leaving?.abort();
  const {signal} = leaving = new AbortController();
  wizard.signal = signal;
  const body = fill(byId("step"), waiting());
  await attempt(body, async () => {
    wizard.is = await session();
    if (wizard.is.signed_in && !wizard.is.half)
      wizard.found = await drafts.open(await livingKids());
    const current = wizard.found.find(drafts.isCurrent);
    if (current && !asked())
      await resume(current);
    else
      await go("names");
  });
}

addEventListener("hashchange", () => asked() && start());
start();
