// Which mails come.
import {get, post} from "/js/api.js";
import {el, fill, notice} from "/js/dom.js";
import {check} from "/js/form.js";
import {errorText, t} from "/js/text.js";

export async function notices() {
  const {notices: are} = await get("notices");
  const said = el("div", {"aria-live": "polite"});
  const boxes = Object.entries(are).map(([name, on]) => {
    const label = check(t(`notices.${name}`), {name, checked: on});
    const box = label.querySelector("input");
    box.addEventListener("change", async () => {
      try {
        await post("notices", {[name]: box.checked});
        fill(said, el("p", {class: "quiet small"}, t("notices.saved")));
      } catch (error) {
        box.checked = !box.checked;
        fill(said, notice("bad", errorText(error)));
      }
    });
    return label;
  });
  return [el("fieldset", {}, el("legend", {class: "seen-by-readers"}, t("account.notices")), boxes), said, el("p", {class: "quiet small"}, t("notices.always"))];
}
