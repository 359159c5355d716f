// A new password: asked for by mail address, and set on the page behind the letter's link.
import {post} from "/js/api.js";
import {byId} from "/js/dom.js";
import {change, takeToken} from "/js/entry.js";
import {onSubmit} from "/js/form.js";

const token = takeToken();

onSubmit(byId("ask"), async ({address}) => {
  await post("reset", {address});
  change(byId("ask"), byId("sent"));
});
onSubmit(byId("finish"), async ({password}) => {
  await post("reset/finish", {token, password});
  change(byId("finish"), byId("done"));
});
if (token)
  change(byId("ask"), byId("finish"));
