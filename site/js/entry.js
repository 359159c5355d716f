// What the pages at the door share: where to go on to afterwards, the token of a letter's link, and changing from one step to the next.
import {fragment, localPath, signedIn} from "/js/api.js";
import {show} from "/js/dom.js";

const KEPT = "go-on"; // for the confirmation, which begins from a letter in a window of its own

function kept() {
  try {
    return localStorage.getItem(KEPT);
  } catch {
    return null;
  }
}

export function keep() {
  const path = fragment().get("return");
  if (path)
    try {
      localStorage.setItem(KEPT, localPath(path));
    } catch {
      // a browser that keeps nothing: the dashboard it is
    }
}

export function goOn() {
  const path = fragment().get("return") ?? kept() ?? "/dashboard";
  try {
    localStorage.removeItem(KEPT);
  } catch {
    // nothing was kept
  }
  signedIn(true);
  location.replace(localPath(path));
}

// Links between these pages take the way back with them.
export function passOn() {
  for (const link of document.querySelectorAll("a.keep"))
    if (fragment().has("return"))
      link.hash = location.hash;
}

// #TOKEN or #token=TOKEN, taken out of the address so that it stays in no history. A link that is opened where the page stands already begins it anew.
export function takeToken() {
  addEventListener("hashchange", () => {
    if (!document.getElementById(location.hash.slice(1)))
      location.reload();
  });
  const token = fragment().get("token") ?? location.hash.slice(1);
  if (token)
    history.replaceState(null, "", location.pathname);
  return token;
}

export function change(from, to) {
  show(from, false);
  show(to);
  (to.querySelector("input:not([hidden])") ?? to).focus();
}
