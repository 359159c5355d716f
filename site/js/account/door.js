// By what one logs in: address and password.
import {post, session} from "/js/api.js";
import {freshPost} from "/js/dialog.js";
import {el, notice} from "/js/dom.js";
import {field, onSubmit, say} from "/js/form.js";
import {t} from "/js/text.js";

export async function address() {
  const is = await session();
  const form = el("form", {}, field(t("account.address_new"), {type: "email", name: "address", autocomplete: "email", maxlength: 254, required: true, hint: t("account.address_hint", {address: is.address ?? ""})}),
    el("p", {}, el("button", {type: "submit", class: "second"}, t("account.address_change"))));
  onSubmit(form, async (given) => {
    if (await freshPost("person/address", given))
      say(form, notice("good", t("account.address_sent", given)));
  });
  return form;
}

export async function password() {
  const is = await session();
  const form = el("form", {}, el("input", {type: "text", autocomplete: "username", value: is.address, hidden: true}),
    field(t("account.password_old"), {type: "password", name: "old", autocomplete: "current-password", maxlength: 256, required: true}),
    field(t("form.new_password"), {type: "password", name: "password", autocomplete: "new-password", minlength: 10, maxlength: 256, required: true, hint: t("form.password_hint")}),
    el("p", {}, el("button", {type: "submit", class: "second"}, t("account.password_change"))));
  onSubmit(form, async ({old, password: wanted}) => {
    await post("person/password", {old, password: wanted});
    form.reset();
    say(form, notice("good", t("account.password_done")));
  });
  return form;
}
