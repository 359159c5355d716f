// Questions that stand in front of the page, and the password asked again before what matters.
import {get, post, session} from "/js/api.js";
import {button, el, newId} from "/js/dom.js";
import {field, onSubmit} from "/js/form.js";
import {t} from "/js/text.js";
import {canPasskey, passkeyLogIn} from "/js/passkey.js";

// Shows content (a list of nodes) with a button that does act(values, form) and then closes. Resolves to what act returned, or null where the person left.
export function openDialog(title, content, {label, act, danger = false, extra = []} = {}) {
  return new Promise((resolve) => {
    const heading = newId();
    let result = null;
    const leave = el("button", {type: "button", class: "second"}, act ? t("say.cancel") : t("say.close"));
    const form = el("form", {}, el("h2", {id: heading}, title), content,
      el("div", {class: "row"}, act && el("button", {type: "submit", class: danger ? "danger" : ""}, label), extra, leave));
    const dialog = el("dialog", {"aria-labelledby": heading}, form);
    leave.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(result);
    });
    onSubmit(form, async (given) => {
      const answer = act ? await act(given, form) : true;
      if (answer === null) // left again from what it asked
        return;
      result = answer ?? true;
      dialog.close();
    });
    dialog.finish = (value) => { // for a button in content that answers the question too
      result = value;
      dialog.close();
    };
    document.body.append(dialog);
    dialog.showModal();
  });
}

async function showAgain() {
  const is = await session();
  const extra = is.passkeys && canPasskey()
    ? [button(t("log_in.passkey"), async (pressed) => {
        await passkeyLogIn();
        pressed.closest("dialog").finish(true);
      }, "second")]
    : [];
  return openDialog(t("fresh.title"), [
    el("p", {}, t("fresh.why")),
    el("input", {type: "text", autocomplete: "username", value: is.address, hidden: true}),
    field(t("form.password"), {type: "password", name: "password", autocomplete: "current-password", required: true}),
  ], {label: t("say.go_on"), extra, act: (given) => post("show-password", {password: given.password})});
}

// Does act(); where the CA wants the password shown again, asks for it first. null: the person left it.
export async function fresh(act) {
  const is = await session(true);
  if (is.signed_in && !is.fresh && !(await showAgain()))
    return null;
  try {
    return await act();
  } catch (error) { // it grew old meanwhile
    if (error.word !== "show-password")
      throw error;
    return (await showAgain()) ? await act() : null;
  }
}

export const freshPost = (path, body) => fresh(() => post(path, body));
export const freshGet = (path) => fresh(() => get(path));
