// The page behind a letter's foot: #TOKEN.NOTICE.
import {post} from "/js/api.js";
import {byId, fill} from "/js/dom.js";
import {change, takeToken} from "/js/entry.js";
import {onSubmit} from "/js/form.js";
import {has, t} from "/js/text.js";

const [, token, which] = /^(.*)\.([^.]*)$/.exec(takeToken()) ?? [null, "", ""];

if (has(`notices.${which}`))
  fill(byId("which"), t("unsubscribe.which", {notice: t(`notices.${which}`)}));
onSubmit(byId("confirm"), async () => {
  await post(`unsubscribe?token=${encodeURIComponent(token)}&notice=${encodeURIComponent(which)}`);
  change(byId("confirm"), byId("done"));
});
