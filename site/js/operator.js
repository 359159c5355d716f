// The operator's console: opened by the second factor, closed by itself after 15 minutes without a request.
import {goToLogIn, post, session} from "/js/api.js";
import {busy, byId, el, fill, notice, show, waiting} from "/js/dom.js";
import {onSubmit, sayError} from "/js/form.js";
import {accounts} from "/js/operator/accounts.js";
import {audit} from "/js/operator/audit.js";
import {blocked} from "/js/operator/blocked.js";
import {certificates} from "/js/operator/certificates.js";
import {command, onClosed} from "/js/operator/command.js";
import {health} from "/js/operator/health.js";
import {limits} from "/js/operator/limits.js";
import {mail} from "/js/operator/mail.js";
import {orders} from "/js/operator/orders.js";
import {people} from "/js/operator/people.js";
import {canPasskey, passkeyLogIn} from "/js/passkey.js";
import {load} from "/js/load.js";
import {tabs} from "/js/tabs.js";
import {addTexts, errorText, rich, t} from "/js/text.js";

const TABS = {health, people, accounts, certificates, orders, blocked, audit, mail, limits};
const form = byId("enter");
const room = byId("console");

const OPEN = "console"; // a hint for when the page is loaded again; no right comes from it

function open() {
  sessionStorage.setItem(OPEN, "1");
  show(form, false);
  show(byId("leave"));
  fill(room, tabs(t("operator.title"), Object.entries(TABS).map(([name, make]) => [t(`operator.${name}`), (panel) => void load(panel, () => make(panel))])));
}

async function ask() {
  sessionStorage.removeItem(OPEN);
  const is = await session();
  show(byId("leave"), false);
  room.replaceChildren();
  if (!is.signed_in || is.half) {
    goToLogIn();
  } else if (!is.operator) {
    fill(room, notice("warn", t("error.not-operator")));
  } else if (!is.totp && !is.passkeys) {
    fill(room, notice("warn", rich("operator.no_factor", {account: el("a", {href: "/account#totp"}, t("nav.account"))})));
  } else {
    show(byId("passkey"), canPasskey() && Boolean(is.passkeys));
    show(form);
    byId("code").focus();
  }
}

onSubmit(form, async ({code}) => {
  await post("operator/enter", {code: code.replace(/\s/g, "")});
  form.reset();
  open();
});
byId("passkey").addEventListener("click", () => busy(byId("passkey"), async () => {
  try {
    await passkeyLogIn("operator/enter");
    open();
  } catch (error) {
    sayError(form, error);
  }
}));
byId("leave").addEventListener("click", async () => {
  await post("operator/leave").catch(() => {});
  sessionStorage.removeItem(OPEN);
  location.assign("/dashboard");
});
onClosed(() => ask().catch(() => {}));

fill(room, waiting());
await addTexts("operator");
try {
  if (sessionStorage.getItem(OPEN)) {
    await command("limits"); // is it still open?
    open();
  } else {
    await ask();
  }
} catch (error) {
  if (error.status !== 403)
    fill(room, notice("bad", errorText(error)));
}
