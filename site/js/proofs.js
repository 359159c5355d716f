// How a domain can be proven by hand, a table: for each way what must be put where. A way that the CA offers and that isn't here needs a program.
//
// target: {name: the identifier's value, wildcard, token, authorization: the key authorization, digest: its SHA-256 as base64url}
import {copied, download, el, button, facts} from "/js/dom.js";
import {prosodyModule} from "/js/proof-prosody.js";
import {rich, t} from "/js/text.js";

const recordName = ({name}) => `_acme-challenge.${name}`;
const webPath = ({token}) => `/.well-known/acme-challenge/${token}`;

export const zoneLine = (target) => `${recordName(target)}. 300 IN TXT "${target.digest}"`;

// Forms at hosting companies want the name without the domain that they manage, which is mostly its last two labels.
const inForm = (target) => recordName(target).split(".").slice(0, -2).join(".");

function dnsRecord(target) {
  return [
    el("p", {}, t("prove.dns_what")),
    facts([t("prove.dns_name"), copied(recordName(target))], [t("prove.dns_type"), el("code", {}, "TXT")], [t("prove.dns_value"), copied(target.digest)]),
    el("p", {class: "hint"}, rich("prove.dns_form", {name: el("code", {}, inForm(target))})),
    target.wildcard && el("p", {class: "hint"}, t("prove.dns_wildcard")),
    el("details", {}, el("summary", {}, t("prove.dns_zone")), copied(zoneLine(target))),
    el("p", {}, t("prove.dns_look")), copied(`dig +short TXT ${recordName(target)}`),
  ];
}

function webFile(target) {
  const folder = "/var/www/html/.well-known/acme-challenge";
  return [
    el("p", {}, t("prove.http_what")),
    facts([t("prove.http_address"), copied(`http://${target.name}${webPath(target)}`)], [t("prove.http_content"), copied(target.authorization)]),
    el("p", {}, button(t("prove.http_file"), () => download(target.token, target.authorization, "application/octet-stream"))),
    el("details", {}, el("summary", {}, t("prove.http_shell")), el("p", {class: "hint"}, t("prove.http_folder")),
      copied(`mkdir -p ${folder} && printf %s '${target.authorization}' > ${folder}/${target.token}`)),
    el("p", {}, t("prove.http_look")), copied(`curl http://${target.name}${webPath(target)}`),
  ];
}

// show: nodes that say what to do, before "check now". lines: what all names' records are as lines of one file. letter: the CA writes, see get-letter.js.
export const WAYS = [
  {type: "dns-01", show: dnsRecord, lines: zoneLine},
  {type: "http-01", show: webFile},
  {type: "email-01", letter: true},
  {type: "xmpp-01", show: prosodyModule},
];

export const challengeOf = (authorization, type) => authorization.challenges.find((challenge) => challenge.type === type);
export const waysOf = (authorization) => WAYS.filter(({type}) => challengeOf(authorization, type));
