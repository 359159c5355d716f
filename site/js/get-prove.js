// Step 2: the person shows that the domains are theirs. A card for each name, with what to put where, and what the CA saw there.
import {asProblem} from "/js/acme.js";
import {badge, button, copied, el, fill, notice, waiting} from "/js/dom.js";
import {date} from "/js/format.js";
import {letterForm} from "/js/get-letter.js";
import {readable} from "/js/idn.js";
import {targetOf} from "/js/jws.js";
import {challengeOf, WAYS, waysOf} from "/js/proofs.js";
import {said} from "/js/problem.js";
import {t} from "/js/text.js";

const CHOSEN = "get.way";

const title = ({identifier, wildcard}) => (wildcard ? "*." : "") + identifier.value;
const named = (name) => (readable(name) === name ? name : [readable(name), " ", el("small", {class: "quiet"}, `(${name})`)]);
const isOpen = ({status}) => status === "pending";

// --- one name

class Card {
  constructor(wizard, authorization, all) {
    Object.assign(this, {wizard, authorization, all, signal: wizard.signal});
    this.mark = el("span", {role: "status"});
    this.how = el("div", {});
    this.state = el("div", {role: "status"});
    this.node = el("section", {class: "card"}, el("h3", {tabindex: "-1"}, named(title(authorization)), " ", this.mark), this.how, this.state);
    this.showMark();
  }

  showMark() {
    const {status, expires} = this.authorization;
    fill(this.mark, status === "valid" ? badge("good", t("prove.proven")) : badge("", t("prove.open")));
    if (status === "valid")
      fill(this.how, el("p", {class: "quiet"}, t("prove.proven_until", {date: date(Date.parse(expires) / 1000)})));
  }

  async use(way) {
    if (!isOpen(this.authorization))
      return;
    this.way = waysOf(this.authorization).includes(way) ? way : waysOf(this.authorization)[0];
    if (!this.way)
      return void fill(this.how, notice("warn", t("prove.no_way")));
    const challenge = challengeOf(this.authorization, this.way.type);
    if (this.way.letter)
      return void fill(this.how, letterForm(this, challenge));
    this.target = await targetOf((await this.wizard.account()).pair, this.authorization, challenge);
    this.pressed = button(t("prove.check"), () => this.check(), "");
    fill(this.how, this.way !== way && el("p", {class: "hint"}, t("prove.other_way", {way: t(`prove.way_${this.way.type}`)})), this.way.show(this.target),
      el("p", {}, this.pressed));
  }

  // Asks the CA to look, and waits for what it saw.
  async check() {
    fill(this.state, waiting(t("prove.looking", {name: title(this.authorization)})));
    await this.try(async (account) => {
      await account.post(challengeOf(this.authorization, this.way.type).url, {});
      await this.settle(account);
    });
  }

  // Takes up what was begun before the page was loaded anew.
  async goOn() {
    const under = this.authorization.challenges.find(({status}) => status === "processing");
    if (!under || !isOpen(this.authorization))
      return;
    fill(this.state, waiting(t("prove.looking", {name: title(this.authorization)})));
    await this.try((account) => this.settle(account));
  }

  // Waits until the authorization isn't open any more, or what `settled` says, and shows what became of it.
  async settle(account, {settled = (authorization) => !isOpen(authorization), every} = {}) {
    const authorization = await account.watch(this.authorization.url, settled, {signal: this.signal, every});
    const was = this.authorization;
    this.authorization = authorization;
    if (isOpen(was))
      await this.outcome();
  }

  async outcome() {
    if (isOpen(this.authorization))
      return;
    if (this.authorization.status !== "valid")
      return this.failed();
    fill(this.state);
    this.showMark();
    await this.all.proven();
  }

  async try(work) {
    try {
      await work(await this.wizard.account());
    } catch (error) {
      if (!this.signal.aborted)
        fill(this.state, said(error));
    }
  }

  failed() {
    const challenge = this.authorization.challenges.find(({error}) => error);
    const type = challenge?.type ?? this.way?.type;
    fill(this.mark, badge("bad", t("prove.failed")));
    fill(this.how);
    fill(this.state, said(asProblem(challenge?.error ?? {}), t("prove.not_seen", {name: title(this.authorization)})),
      el("p", {}, t(`prove.help_${WAYS.some((way) => way.type === type) ? type : "other"}`)), el("p", {}, t("prove.new_value")),
      el("p", {}, button(t("say.again"), () => this.wizard.attempt(this.state, async () => {
        await this.wizard.orderAnew();
        await this.wizard.go("prove", el("p", {class: "notice"}, t("prove.anew")));
      }), "")));
    this.all.showTogether();
    if (document.activeElement === document.body) // the button that was pressed is gone
      this.node.querySelector("h3").focus();
  }
}

// --- all of them

class Cards {
  constructor(wizard, authorizations) {
    this.wizard = wizard;
    this.list = authorizations.map((authorization) => new Card(wizard, authorization, this));
    this.together = el("div", {});
  }

  open() {
    return this.list.filter(({authorization}) => isOpen(authorization));
  }

  async use(way) {
    this.way = way;
    await Promise.all(this.list.map((card) => card.use(way)));
    this.showTogether();
  }

  showTogether() {
    const {way} = this;
    const open = this.open().filter((card) => card.pressed && card.target);
    fill(this.together);
    if (open.length < 2 || !way || way.letter)
      return;
    fill(this.together, way.lines && el("details", {}, el("summary", {}, t("prove.all_lines")), copied(open.map(({target}) => way.lines(target)).join("\n"))),
      el("p", {}, button(t("prove.check_all"), () => Promise.all(this.open().map((card) => card.pressed && card.check())), "")));
  }

  // Two of them may be the last one.
  async proven() {
    if (this.left)
      return;
    this.left = this.list.every(({authorization}) => authorization.status === "valid");
    if (this.left)
      await this.wizard.go("key", el("p", {class: "notice good", role: "status"}, t("prove.all_proven")));
    else
      this.showTogether();
  }
}

// As the person gave the names; the CA sorts them.
function sorted(authorizations, {identifiers}) {
  const at = (authorization) => identifiers.findIndex(({value}) => value === title(authorization));
  return authorizations.sort((one, other) => at(one) - at(other));
}

function wayChoice(ways, cards) {
  const chosen = ways.find(({type}) => type === sessionStorage.getItem(CHOSEN)) ?? ways[0];
  const choose = (way) => {
    sessionStorage.setItem(CHOSEN, way.type);
    return cards.use(way);
  };
  const node = el("fieldset", {}, el("legend", {}, t("prove.how")), ways.map((way) => el("label", {class: "choice"},
    el("input", {type: "radio", name: "way", value: way.type, checked: way === chosen, onchange: () => choose(way)}),
    el("span", {}, el("b", {}, t(`prove.way_${way.type}`)), el("small", {class: "quiet"}, t(`prove.about_${way.type}`))))));
  return {node, begin: () => cards.use(chosen)};
}

export async function show(body, wizard) {
  const account = await wizard.account();
  wizard.order ??= await account.order(wizard.draft.order);
  const authorizations = sorted(await account.authorizations(wizard.order), wizard.draft);
  const cards = new Cards(wizard, authorizations);
  if (!cards.open().length && authorizations.every(({status}) => status === "valid"))
    return cards.proven();
  const ways = WAYS.filter((way) => authorizations.some((authorization) => isOpen(authorization) && waysOf(authorization).includes(way)));
  const choice = ways.length > 0 && wayChoice(ways, cards);
  fill(body, el("p", {}, t("prove.lead")), choice && choice.node, cards.list.map(({node}) => node), cards.together,
    el("p", {}, button(t("get.other_names"), () => wizard.go("names"), "link")));
  if (choice)
    await choice.begin();
  for (const card of cards.list)
    if (card.authorization.status === "valid" || isOpen(card.authorization))
      card.goOn();
    else
      card.failed();
}
