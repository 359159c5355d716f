// The signer's audit log, newest first, and whether its chain is whole.
import {button, el, fill, notice} from "/js/dom.js";
import {number} from "/js/format.js";
import {code, command, listing, time} from "/js/operator/command.js";
import {t} from "/js/text.js";

const ABOVE = new Set(["time", "kind", "previous"]);

function rest(line) {
  const members = Object.entries(line).filter(([name]) => !ABOVE.has(name));
  return el("div", {class: "small mono"}, members.map(([name, value]) => el("div", {}, `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)));
}

export async function audit() {
  const said = el("div");
  const verify = button(t("operator.verify"), async () => {
    const {whole, lines, detail} = await command("audit-verify");
    fill(said, whole ? notice("good", t("operator.whole", {lines: number(lines)})) : notice("bad", t("operator.broken", {lines: number(lines), detail: detail ?? ""})));
  }, "second");
  return [el("p", {}, verify), said, await listing({name: "audit-read", member: "lines", cursor: "before", head: ["time", "kind", "what"],
    row: (line) => (line ? [time(line.time), code(line.kind), rest(line)] : ["–", "–", "–"])})];
}
