// The queue of letters. What they say is not shown: it may hold a token.
import {badge, button, el} from "/js/dom.js";
import {field} from "/js/form.js";
import {load} from "/js/load.js";
import {code, command, listing, time} from "/js/operator/command.js";
import {t} from "/js/text.js";

const KINDS = {sent: "good", failed: "bad", waiting: "warn"};

export async function mail() {
  const list = el("div");
  const choice = field(t("operator.state"), {element: "select", name: "state", onchange: () => again()}, ["", "waiting", "failed", "sent"].map((state) =>
    el("option", {value: state}, t(`operator.${state || "all"}`))));
  const row = (letter) => [letter.to, code(letter.letter), [badge(KINDS[letter.state], t(`operator.${letter.state}`)), letter.error && el("div", {class: "small"}, letter.error)],
    time(letter.created), letter.tries, letter.state === "sent" ? "" : button(t("operator.retry"), async () => {
      await command("mail-retry", {mail: letter.id});
      await again();
    })];
  const again = () => {
    const state = choice.querySelector("select").value;
    return load(list, () => listing({name: "mail-list", given: state ? {state} : {}, member: "letters", head: ["to", "letter", "state", "created", "tries", ""], row}));
  };
  await again();
  return [choice, list];
}
