// The install page: the person's own domain in all its lines, and the one server that they run.
import {fragment} from "/js/api.js";
import {letCheck} from "/js/check.js";
import {byId, fileName, letCopy, show} from "/js/dom.js";
import {domain, identifiersOf, mainDomain} from "/js/names.js";

const EXAMPLE = "example.org";
const lines = [...document.querySelectorAll("main code:not([data-as-is])")].map((code) => ({code, text: code.textContent}));

function nameAll(name) {
  for (const {code, text} of lines)
    code.textContent = text.replaceAll(EXAMPLE, fileName(name || EXAMPLE));
}

function showServer(server) {
  for (const section of document.querySelectorAll("[data-server]"))
    show(section, !server || section.dataset.server === server);
}

// #names=example.org,conference.example.org&server=prosody
function begin() {
  const names = (fragment().get("names") ?? "").split(",").flatMap((text) => domain(text).name ?? []);
  const input = byId("domain"), select = byId("server");
  input.value = names.length ? mainDomain(identifiersOf(names)) : "";
  select.value = fragment().get("server") ?? "";
  if (select.selectedIndex < 0)
    select.value = "";
  nameAll(input.value);
  showServer(select.value);
}

letCopy();
byId("domain").addEventListener("input", (event) => nameAll(domain(event.target.value).name?.replace(/^\*\./, "")));
byId("server").addEventListener("change", (event) => showServer(event.target.value));
byId("choose").addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", begin);
letCheck(byId("check-now"), () => domain(byId("domain").value).name?.replace(/^\*\./, ""), byId("check-result"));
show(byId("choose"));
show(byId("check"));
begin();
