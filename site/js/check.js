// "Check my server": what the CA sees at a domain's XMPP servers, and what is to be done about it.
import {get, post} from "/js/api.js";
import {badge, busy, el, fill, notice} from "/js/dom.js";
import {date} from "/js/format.js";
import {errorText, t} from "/js/text.js";

const KIND = {good: "good", renewed: "warn", "no-chain": "warn", "other-purpose": "warn", "other-authority": "warn"};

// What ends the conversation behind the handshake is no fault of the certificate: strict servers turn away who shows none.
function details(server) {
  const {certificate} = server;
  const rows = [
    [t("check.address"), `${server.host}, port ${server.port}${server.address ? ` (${server.address})` : ""}`],
    server.failure && !certificate && [t("check.seen"), `${server.host} ${server.failure}`],
    server.tls && [t("check.encryption"), server.tls],
    certificate && [t("check.names"), certificate.names.join(", ") || "–"],
    certificate && [t("check.issuer"), certificate.issuer],
    certificate && [t("check.ends"), date(certificate.not_after)],
  ].filter(Boolean);
  return el("dl", {}, rows.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function card(server) {
  const kind = KIND[server.verdict] ?? "bad";
  return el("div", {class: "card", role: "listitem", "data-verdict": server.verdict},
    el("h3", {}, t(server.record.endsWith("-client") ? "check.for_clients" : "check.for_servers"), " ", badge(kind, t(`check.short.${server.verdict}`))),
    el("p", {}, t(`check.${server.verdict}`)), details(server));
}

function result({domain, failure, servers}) {
  const all = servers.length > 0 && servers.every(({verdict}) => verdict === "good");
  return [
    failure ? notice("bad", t("check.lookup"), " ", failure) : null,
    servers.length ? notice(all ? "good" : "warn", t(all ? "check.all_good" : "check.not_all", {domain})) : notice("bad", t("check.nobody", {domain})),
    el("div", {role: "list"}, servers.map(card)),
  ];
}

// pressed: the button that asks; name: gives the domain, or nothing where there is none yet; into: where the answer goes.
export function letCheck(pressed, name, into) {
  pressed.addEventListener("click", () => busy(pressed, async () => {
    try {
      const domain = name();
      const {signed_in: signedIn} = await get("session");
      if (!domain)
        fill(into, notice("bad", t("error.no-domain")));
      else if (!signedIn)
        fill(into, notice("warn", t("check.log_in"), " ", el("a", {href: "/log-in"}, t("check.log_in_link"))));
      else {
        fill(into, notice("", t("check.wait")));
        fill(into, result(await post("check", {domain})));
      }
    } catch (error) {
      fill(into, notice("bad", errorText(error)));
    }
  }));
}
