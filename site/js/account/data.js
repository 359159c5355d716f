// Taking one's data along, and leaving.
import {signedIn} from "/js/api.js";
import {freshGet, freshPost, openDialog} from "/js/dialog.js";
import {button, download, el} from "/js/dom.js";
import {check} from "/js/form.js";
import {t} from "/js/text.js";

async function save() {
  const all = await freshGet("person/export");
  if (all)
    download("xica-account.json", `${JSON.stringify(all, null, 2)}\n`, "application/json");
}

async function leave() {
  const gone = await openDialog(t("data.delete"), [el("p", {}, t("data.delete_text")), check(t("data.delete_sure"), {name: "sure", required: true})],
    {label: t("data.delete"), danger: true, act: () => freshPost("person/delete")});
  if (gone) {
    signedIn(false);
    location.assign("/");
  }
}

export async function data() {
  return el("div", {class: "row"}, button(t("data.export"), save, "second"), button(t("data.delete"), leave, "danger"));
}
