// Proof by a letter (email-01, docs/acme-email.md): the CA writes to a mailbox of the domain, the code in the letter comes back here, or its link is followed.
import {asProblem} from "/js/acme.js";
import {button, busy, el, fill, notice} from "/js/dom.js";
import {field, onSubmit} from "/js/form.js";
import {challengeOf} from "/js/proofs.js";
import {said} from "/js/problem.js";
import {language, t} from "/js/text.js";

const answer = async (account, challenge, payload) => (await account.post(challenge.url, payload)).json();

// While the letter is on its way, the link in it may be followed elsewhere. One watch a card.
async function watchLink(card) {
  if (card.watched)
    return;
  card.watched = true;
  await card.try((account) => card.settle(account));
}

function codeForm(card, challenge, address, again) {
  const said_ = el("div", {role: "status"});
  const form = el("form", {}, notice("good", t("letter.sent", {address})),
    field(t("letter.code"), {name: "code", type: "text", class: "code", hint: t("letter.code_hint"), required: true, autocomplete: "one-time-code",
      autocapitalize: "characters", spellcheck: "false", maxlength: 20}),
    said_, el("div", {class: "row"}, el("button", {type: "submit"}, t("letter.confirm")), button(t("letter.again"), again, "second")));
  onSubmit(form, async ({code}) => {
    fill(said_);
    const account = await card.wizard.account();
    try {
      const after = await answer(account, challenge, {code});
      if (after.error && after.status === "pending")
        fill(said_, said(asProblem(after.error)));
      else
        await card.settle(account, (authorization) => authorization.status !== "pending" || challengeOf(authorization, challenge.type).status === "pending");
      const seen = challengeOf(card.authorization, challenge.type);
      if (card.authorization.status === "pending" && seen?.error)
        fill(said_, said(asProblem(seen.error)));
    } catch (error) {
      fill(said_, said(error));
    }
  });
  return form;
}

export function letterForm(card, challenge) {
  const place = el("div", {});
  const pick = field(t("letter.to"), {element: "select", name: "address"}, challenge.addresses.map((address) => el("option", {value: address}, address)));
  const select = pick.querySelector("select");
  const send = async () => {
    try {
      await answer(await card.wizard.account(), challenge, {address: select.value, language});
      fill(place, codeForm(card, challenge, select.value, send));
      place.querySelector("input").focus();
      watchLink(card);
    } catch (error) {
      fill(place, said(error, t("letter.not_sent")));
    }
  };
  const sendButton = el("button", {type: "button"}, t("letter.send"));
  sendButton.addEventListener("click", () => busy(sendButton, send));
  return [el("p", {}, t("letter.what")), el("div", {class: "row end"}, pick, sendButton), place];
}
