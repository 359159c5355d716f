import {post, session} from "/js/api.js";
import {byId, notice, show} from "/js/dom.js";
import {change, keep, passOn} from "/js/entry.js";
import {onSubmit} from "/js/form.js";
import {t} from "/js/text.js";

passOn();
onSubmit(byId("sign-up"), async ({address, password}) => {
  await post("sign-up", {address, password});
  keep();
  show(byId("member"), false);
  change(byId("sign-up"), byId("sent"));
});
session().then((is) => {
  if (is.sign_up !== false)
    return;
  byId("sign-up").replaceWith(notice("warn", t("sign_up.closed")));
}, () => {});
