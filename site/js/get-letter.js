// Proof by a letter (email-01, docs/acme-email.md): the CA writes to a mailbox of the domain; the code in the letter comes back here, or its link is followed.
import {asProblem} from "/js/acme.js";
import {button, busy, el, fill, notice} from "/js/dom.js";
import {field, onSubmit} from "/js/form.js";
import {dateTime} from "/js/format.js";
import {challengeOf} from "/js/proofs.js";
import {said} from "/js/problem.js";
import {language, t} from "/js/text.js";

const TYPE = "email-01";
const CODE = "(\\s*-?\\s*[0-9A-Za-z]){8}\\s*"; // as the CA takes it
const LOOK_EVERY = 5; // seconds, for the link in the letter

class Letter {
  constructor(card, challenge) {
    this.card = card;
    this.place = el("div", {});
    const pick = field(t("letter.to"), {element: "select", name: "address"}, challenge.addresses.map((address) => el("option", {value: address}, address)));
    this.select = pick.querySelector("select");
    const send = el("button", {type: "button"}, t("letter.send"));
    send.addEventListener("click", () => busy(send, () => this.send()));
    this.node = el("div", {}, el("p", {}, t("letter.what")), el("div", {class: "row end field"}, pick, send), this.place);
    if (challenge.sent)
      this.ask(challenge);
  }

  async send() {
    try {
      const account = await this.card.wizard.account();
      let challenge = await (await account.post(this.url(), {address: this.select.value, language})).json();
      if (!challenge.sent && !challenge.error)
        challenge = await account.watch(challenge.url, ({sent, error, status}) => sent || error || status !== "pending", {signal: this.card.signal});
      if (challenge.sent)
        this.ask(challenge, true);
      else
        fill(this.place, said(asProblem(challenge.error ?? {}), t("letter.not_sent")));
    } catch (error) {
      if (!this.card.signal.aborted)
        fill(this.place, said(error, t("letter.not_sent")));
    }
  }

  url() {
    return challengeOf(this.card.authorization, TYPE).url;
  }

  // The code of the letter that was sent.
  ask({sent}, now = false) {
    const until = dateTime(Date.parse(sent.expires) / 1000);
    const state = el("div", {role: "status"});
    const form = el("form", {}, field(t("letter.code"), {name: "code", type: "text", class: "code", hint: t("letter.code_hint"), required: true, pattern: CODE,
        autocomplete: "one-time-code", autocapitalize: "characters", spellcheck: "false", maxlength: 20}),
      state, el("div", {class: "row"}, el("button", {type: "submit"}, t("letter.confirm")), button(t("letter.again"), () => this.send(), "second")));
    onSubmit(form, async ({code}) => {
      fill(state);
      await this.answer(code, state);
      form.querySelector("input").select();
    });
    fill(this.place, notice("good", t("letter.sent", {address: sent.address, until})), form);
    if (now)
      form.querySelector("input").focus();
    this.watchLink();
  }

  async answer(code, state) {
    const {card} = this;
    try {
      const account = await card.wizard.account();
      await account.post(this.url(), {code});
      await card.settle(account, {settled: ({status, challenges}) => status !== "pending" || challenges.every((challenge) => challenge.status !== "processing")});
    } catch (error) {
      if (!card.signal.aborted)
        fill(state, said(error));
      return;
    }
    const {error, sent, triesLeft, status} = challengeOf(card.authorization, TYPE);
    if (status !== "pending" || !error)
      return;
    if (sent)
      fill(state, notice("bad", t("letter.wrong"), " ", t("letter.tries", {count: triesLeft})));
    else
      fill(this.place, said(asProblem(error), t("letter.void")));
  }

  // The link may be followed elsewhere. One watch a card.
  async watchLink() {
    if (this.watched)
      return;
    this.watched = true;
    await this.card.try((account) => this.card.settle(account, {every: LOOK_EVERY}));
  }
}

export const letterForm = (card, challenge) => new Letter(card, challenge).node;
