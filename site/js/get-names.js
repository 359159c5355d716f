// Step 1: for which domains. Explains what the domain of an XMPP server is, offers the hosts beside it, takes the names of an earlier certificate or of
// a request that exists already; ends with an order.
import {get, fragment} from "/js/api.js";
import {base64url, fromPem, REQUEST_LABELS} from "/js/bytes.js";
import {requestInput} from "/js/csr-input.js";
import {openDialog} from "/js/dialog.js";
import {button, el, fill, notice} from "/js/dom.js";
import * as drafts from "/js/draft.js";
import {check, field, fieldProblem, onSubmit} from "/js/form.js";
import {ago} from "/js/format.js";
import {readable} from "/js/idn.js";
import {COMPONENTS, domain, domains, identifiersOf, mainDomain} from "/js/names.js";
import {said} from "/js/problem.js";
import {rich, t} from "/js/text.js";

const withoutService = ({type}) => type === "dns";

// What the form begins with: {names, identifiers, csr, serial}
async function beginning() {
  const asked = fragment();
  if (asked.get("renew"))
    return earlier(asked.get("renew"));
  if (asked.get("domain"))
    return {names: [asked.get("domain")]};
  return drafts.wish() ?? {names: []};
}

async function earlier(serial) {
  const path = `certificates/${encodeURIComponent(serial)}`;
  try {
    const kept = await get(`${path}/csr`);
    return {...kept, csr: base64url(fromPem(kept.csr, ...REQUEST_LABELS)), serial, names: kept.identifiers.filter(withoutService).map(({value}) => value)};
  } catch (error) {
    if (error.status !== 404)
      throw error;
    const {names, profile} = await get(path);
    return {names: names.filter((name) => domain(name).name), profile, serial};
  }
}

function unfinished(wizard) {
  return wizard.found.map((draft) => {
    const card = el("div", {class: "card"},
      el("p", {}, el("b", {}, readable(mainDomain(draft.identifiers))), ": ", t("get.unfinished", {when: ago(draft.begun)}), draft.pair && ` ${t("get.unfinished_key")}`),
      el("div", {class: "row"}, button(t("get.take_up"), () => wizard.attempt(card, () => wizard.resume(draft)), "small"),
        button(t("get.discard"), () => discard(wizard, draft, card))));
    return card;
  });
}

async function discard(wizard, draft, card) {
  const sure = () => openDialog(t("get.discard"), [el("p", {}, t("get.discard_sure"))], {label: t("get.discard"), act: () => true, danger: true});
  if (draft.pair && !await sure())
    return;
  await drafts.drop(draft);
  wizard.found = wizard.found.filter((other) => other !== draft);
  card.remove();
}

// --- the form

function componentTicks(first, taken, changed) {
  const list = el("div", {});
  const ticked = new Set(COMPONENTS.filter((label) => taken.some((name) => name.startsWith(`${label}.`))));
  const fillIn = () => {
    const base = domain(first.value).name ?? "example.org";
    fill(list, COMPONENTS.map((label) => check([el("code", {}, `${label}.${readable(base)}`), " ", el("small", {class: "quiet"}, t(`get.component_${label}`))], {
      checked: ticked.has(label),
      onchange: (event) => {
        ticked[event.target.checked ? "add" : "delete"](label);
        changed();
      },
    })));
  };
  first.addEventListener("input", fillIn);
  fillIn();
  return {list, names: () => [...ticked].map((label) => `${label}.${domain(first.value).name}`)};
}

function namesForm(given) {
  const all = given.names.flatMap((text) => domain(text).name ?? []);
  const main = all.find((name) => !COMPONENTS.some((label) => name.startsWith(`${label}.`))) ?? all[0] ?? given.names[0] ?? "";
  const offered = COMPONENTS.map((label) => `${label}.${main}`);
  const first = field(t("get.domain"), {name: "domain", type: "text", hint: t("get.domain_hint"), required: true, autocomplete: "off", autocapitalize: "none",
    spellcheck: "false", inputmode: "url", placeholder: "example.org", value: main});
  const more = field(t("get.more_domains"), {name: "more", element: "textarea", rows: 3, hint: t("get.more_hint"), spellcheck: "false", autocapitalize: "none"},
    all.filter((name) => name !== main && !offered.includes(name)).join("\n"));
  const preview = el("p", {class: "quiet", role: "status"});
  const input = first.querySelector("input"), area = more.querySelector("textarea");
  const names = () => [...new Set([domain(input.value).name, ...ticks.names(), ...domains(area.value).names])];
  const look = () => fill(preview, domain(input.value).name ? rich("get.names_are", {names: el("b", {}, names().map(readable).join(", "))}) : "");
  const ticks = componentTicks(input, all.filter((name) => offered.includes(name)), look);
  input.addEventListener("input", look);
  area.addEventListener("input", look);
  look();
  return {input, area, names, nodes: [first, el("fieldset", {}, el("legend", {}, t("get.components")), el("p", {class: "hint"}, t("get.components_hint")), ticks.list),
    el("details", {open: area.value !== ""}, el("summary", {}, t("get.more_names")), more), preview]};
}

function wrongIn(form) {
  const main = domain(form.input.value), more = domains(form.area.value).wrong[0];
  fieldProblem(form.input, main.wrong ? t(`get.wrong_${main.wrong}`) : null);
  fieldProblem(form.area, more ? `${more.text}: ${t(`get.wrong_${more.word}`)}` : null);
  if (!main.wrong && !more)
    return false;
  form.area.closest("details").open ||= Boolean(more);
  (main.wrong ? form.input : form.area).focus();
  return true;
}

// --- from names to an order

function needsAccount(wish) {
  drafts.keepWish(wish);
  const back = `#return=${encodeURIComponent("/get")}`;
  return [notice("", t("get.need_account")), el("div", {class: "row"}, el("a", {class: "button", href: `/sign-up${back}`}, t("get.sign_up")),
    el("a", {class: "button second", href: `/log-in${back}`}, t("get.log_in")))];
}

// wanted: {identifiers, profile, csr, serial, csrFrom}
async function order(wizard, wanted, place) {
  if (!wizard.is.signed_in || wizard.is.half) {
    fill(place, needsAccount({...wanted, names: wanted.identifiers.map(({value}) => value)}));
    place.querySelector("a").focus();
    return;
  }
  const account = await wizard.account();
  wizard.order = await account.newOrder(wanted.identifiers, wanted.profile);
  wizard.draft = await drafts.begin(account, wizard.order,
    {identifiers: wanted.identifiers, given: wanted.csr, givenBy: wanted.csr && (wanted.serial ? "earlier" : "own")});
  await wizard.go(wizard.order.status === "ready" ? "key" : "prove",
    wizard.order.status === "ready" && el("p", {class: "notice good"}, t("get.proven_already")));
}

function ownRequest(wizard, place) {
  return el("details", {}, el("summary", {}, t("get.have_request")), requestInput((request) =>
    wizard.attempt(place, () => order(wizard, {identifiers: request.identifiers, csr: request.csr}, place), t("get.no_order"))));
}

export async function show(body, wizard) {
  const given = await beginning();
  const form = namesForm(given), place = el("div", {});
  const element = el("form", {}, form.nodes, el("p", {}, el("button", {type: "submit"}, t("say.go_on"))));
  onSubmit(element, async () => {
    if (wrongIn(form))
      return;
    const identifiers = identifiersOf(form.names());
    const same = given.identifiers && given.names.every((name) => form.names().includes(name)) && given.names.length === form.names().length;
    const wanted = same ? {...given, identifiers: given.identifiers} : {identifiers, profile: given.profile, serial: given.serial};
    fill(place);
    try {
      await order(wizard, wanted, place);
    } catch (error) {
      fill(place, said(error, t("get.no_order")));
    }
  });
  fill(body, unfinished(wizard), given.serial && notice("", t("get.renewing")), el("p", {}, t("get.names_lead")), element, place,
    !given.serial && ownRequest(wizard, place));
}
