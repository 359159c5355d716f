// The person's own settings, a module a section.
import {session} from "/js/api.js";
import {byId} from "/js/dom.js";
import {load} from "/js/load.js";
import {address, password} from "/js/account/door.js";
import {data} from "/js/account/data.js";
import {notices} from "/js/account/notices.js";
import {passkeys} from "/js/account/passkeys.js";
import {sessions} from "/js/account/sessions.js";
import {totp} from "/js/account/totp.js";
import {t} from "/js/text.js";

const SECTIONS = {address, password, totp, passkeys, sessions, notices, data};

session().then((is) => {
  byId("who").textContent = is.signed_in ? t("account.who", {address: is.address}) : "";
}, () => {});
await Promise.all(Object.entries(SECTIONS).map(([name, make]) => {
  const place = byId(name).querySelector("div");
  return load(place, () => make(place));
}));
if (location.hash)
  document.querySelector(`main > section[id="${CSS.escape(location.hash.slice(1))}"]`)?.scrollIntoView();
