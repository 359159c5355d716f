// Logging in: the password, then a second factor where there is one; or a passkey, which is both.
import {post, session} from "/js/api.js";
import {busy, byId, show} from "/js/dom.js";
import {change, goOn, passOn} from "/js/entry.js";
import {onSubmit, say, sayError} from "/js/form.js";
import {canPasskey, passkeyLogIn} from "/js/passkey.js";

const first = byId("first");
const second = byId("second");

function askSecond(is) {
  show(byId("passkey-second"), Boolean(is.passkeys) && canPasskey());
  show(byId("code").closest(".field"), is.totp !== false);
  show(second.querySelector("[type=submit]"), is.totp !== false);
  change(first, second);
}

function usePasskey(button, form) {
  button.addEventListener("click", () => busy(button, async () => {
    say(form, null);
    try {
      await passkeyLogIn();
      goOn();
    } catch (error) {
      sayError(form, error);
    }
  }));
}

passOn();
onSubmit(byId("log-in"), async ({address, password}) => {
  const answer = await post("log-in", {address, password}).catch((error) => {
    if (error.word === "wrong-password")
      Object.assign(error, {word: "wrong-log-in", field: undefined}); // it isn't said which of the two
    throw error;
  });
  if (answer.half)
    askSecond(answer);
  else
    goOn();
});
onSubmit(second, async ({code}) => {
  await post("log-in/code", {code: code.replace(/\s/g, "")});
  goOn();
});
byId("back").addEventListener("click", async () => {
  await post("log-out").catch(() => {});
  change(second, first);
});
show(byId("passkey"), canPasskey());
usePasskey(byId("passkey"), byId("log-in"));
usePasskey(byId("passkey-second"), second);
session().then((is) => {
  if (is.half)
    askSecond(is);
  else if (is.signed_in)
    goOn();
}, () => {});
