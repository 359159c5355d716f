import {post} from "/js/api.js";
import {byId, fill} from "/js/dom.js";
import {change, takeToken} from "/js/entry.js";
import {onSubmit} from "/js/form.js";
import {t} from "/js/text.js";

const token = takeToken();

onSubmit(byId("confirm"), async () => {
  const {address} = await post("person/address/confirm", {token});
  fill(byId("said"), t("address.done", {address}));
  change(byId("confirm"), byId("done"));
});
