import {post} from "/js/api.js";
import {byId} from "/js/dom.js";
import {goOn, takeToken} from "/js/entry.js";
import {onSubmit} from "/js/form.js";

const token = takeToken();

onSubmit(byId("confirm"), async ({password}) => {
  await post("confirm", {token, password});
  goOn();
});
byId("password").focus();
