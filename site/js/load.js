// Parts of a page that come from the CA.
import {get} from "/js/api.js";
import {button, fill, notice, waiting} from "/js/dom.js";
import {errorText, t} from "/js/text.js";

// Shows that it is on its way, then what make() returned, or what went wrong with a button to try again.
export async function load(element, make) {
  fill(element, waiting());
  try {
    fill(element, await make());
  } catch (error) {
    fill(element, notice("bad", errorText(error)), button(t("say.again"), () => load(element, make)));
  }
}

// A list that comes in pages: puts each item's node into the list, and keeps a button for what follows in the place behind. Returns how many there were.
export async function addPage(path, member, list, behind, show) {
  const answer = await get(path);
  list.append(...answer[member].map(show));
  const url = new URL(path, location.origin);
  url.searchParams.set("after", answer.next);
  fill(behind, answer.next && button(t("say.more"), () => addPage(url.pathname.slice(1) + url.search, member, list, behind, show)));
  return answer[member].length;
}
