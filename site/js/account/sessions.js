// Where one is logged in.
import {get, post, signedIn} from "/js/api.js";
import {badge, button, el} from "/js/dom.js";
import {ago, dateTime} from "/js/format.js";
import {load} from "/js/load.js";
import {t} from "/js/text.js";

const BROWSERS = [[/Edg\//, "Edge"], [/OPR\//, "Opera"], [/Firefox\//, "Firefox"], [/Chrom(e|ium)\//, "Chromium"], [/Safari\//, "Safari"]];
const SYSTEMS = [[/Android/, "Android"], [/iPhone|iPad/, "iOS"], [/Windows/, "Windows"], [/Mac OS X/, "macOS"], [/Linux|X11/, "Linux"]];

// "Firefox, Linux"; the whole text where neither is known.
function agentText(agent) {
  const names = [BROWSERS, SYSTEMS].map((list) => list.find(([pattern]) => pattern.test(agent))?.[1]).filter(Boolean);
  return names.join(", ") || agent.slice(0, 80) || "–";
}

function row(one, place) {
  return el("li", {class: "card row apart"}, el("div", {}, el("strong", {title: one.agent}, agentText(one.agent)), " ", one.current && badge("good", t("session.this")), el("br"),
    el("small", {class: "quiet"}, t("session.since", {since: dateTime(one.created), seen: ago(one.seen)}), " · ", el("code", {}, one.remote))),
    !one.current && button(t("session.end"), async () => {
      await post(`person/sessions/${one.id}/end`);
      await load(place, () => sessions(place));
    }));
}

export async function sessions(place) {
  const {sessions: all} = await get("person/sessions");
  return [el("ul", {class: "cards one"}, all.map((one) => row(one, place))), el("div", {}, button(t("session.end_all"), async () => {
    await post("log-out-everywhere");
    signedIn(false);
    location.assign("/log-in");
  }, "danger"))];
}
