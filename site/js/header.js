// The header of every page: who is signed in, where one is, and the language.
import {post, session, signedIn} from "/js/api.js";

function show(is) {
  for (const item of document.querySelectorAll("[data-when]")) {
    const when = item.dataset.when;
    item.hidden = when === "out" ? is.in : when === "in" ? !is.in : !is.operator;
  }
}

function hint() {
  try {
    return localStorage.getItem("signed-in") === "1";
  } catch {
    return false;
  }
}

async function sayAbove(error) {
  const [{notice}, {errorText}] = await Promise.all([import("/js/dom.js"), import("/js/text.js")]);
  document.querySelector("main").prepend(notice("bad", errorText(error)));
  scrollTo(0, 0);
}

// Who reads that they are out must be out.
async function logOut() {
  try {
    await post("log-out");
  } catch (error) {
    await sayAbove(error);
    return;
  }
  signedIn(false);
  location.assign("/");
}

async function choose(language) {
  document.cookie = `lang=${language}; Path=/; Max-Age=31536000; SameSite=Lax; Secure`;
  if (hint())
    await post("person/language", {language}).catch(() => {});
  location.reload();
}

for (const link of document.querySelectorAll("nav a"))
  if (link.pathname === location.pathname)
    link.setAttribute("aria-current", "page");
for (const button of document.querySelectorAll("[data-language]")) {
  if (button.dataset.language === document.documentElement.lang)
    button.setAttribute("aria-current", "true");
  button.addEventListener("click", () => choose(button.dataset.language));
}
document.getElementById("log-out")?.addEventListener("click", logOut);

// A CA to play with sends no letters.
function sayWhereLettersAre(folder) {
  const play = document.getElementById("play");
  play.querySelector("code").textContent = folder;
  play.hidden = false;
}

let isIn = hint();
show({in: isIn, operator: false});
session().then((is) => {
  isIn = is.signed_in && !is.half;
  show({in: isIn, operator: is.operator && isIn});
  if (is.mail_folder)
    sayWhereLettersAre(is.mail_folder);
}, () => {});

// A page that the browser kept as it was shows nobody what is theirs who has left since.
addEventListener("pageshow", ({persisted}) => {
  if (persisted && isIn !== hint())
    location.reload();
});
