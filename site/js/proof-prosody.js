// Proof by the domain's own XMPP server (xmpp-01). For Prosody 0.12 and later: a module of a few lines shows the key authorization in the stream features. For servers with
// mod_xica (integrations/): a file in its folder.
import {button, copied, download, el} from "/js/dom.js";
import {t} from "/js/text.js";

const NAMESPACE = "urn:xica:acme:0";
const moduleName = ({name}) => `acme_proof_${name.replace(/[^a-z0-9]/g, "_")}`;

// The CA connects as a server without a certificate and without a name. Where s2s_secure_auth is set, Prosody would send such a one away before it shows
// anything; so the module shows the proof itself then, and ends the stream.
const moduleText = ({token, authorization}) => `local stanza = require "util.stanza";

local function show(event)
	event.features:tag("acme", { xmlns = "${NAMESPACE}", token = "${token}" })
		:text("${authorization}"):up();
end
module:hook("stream-features", show);
module:hook("s2s-stream-features", show);
module:hook_global("s2s-check-certificate", function (event)
	local session = event.session;
	if session.direction == "incoming" and session.to_host == module.host and not session.from_host then
		local features = stanza.stanza("stream:features");
		show({ features = features });
		session:open_stream(session.to_host);
		session.sends2s(features);
		session:close();
		return false;
	end
end, 10);
`;

const FOLDER = "/run/xica/challenges";
const moduleFile = ({name, token, authorization}) => `install -d ${FOLDER} && printf '%s\\n' '${name}' '${authorization}' > ${FOLDER}/${token}`;

export function prosodyModule(target) {
  const file = `mod_${moduleName(target)}.lua`;
  return [
    el("p", {}, t("prove.xmpp_file")), copied(`/usr/lib/prosody/modules/${file}`),
    el("p", {}, button(t("prove.http_file"), () => download(file, moduleText(target), "text/plain"))),
    el("details", {}, el("summary", {}, t("prove.xmpp_text")), copied(moduleText(target))),
    el("p", {}, t("prove.xmpp_load")), copied(`prosodyctl shell module load ${moduleName(target)} ${target.name}`),
    el("details", {}, el("summary", {}, t("prove.xmpp_after")),
      copied(`prosodyctl shell module unload ${moduleName(target)} ${target.name}\nrm /usr/lib/prosody/modules/${file}`)),
    el("details", {}, el("summary", {}, t("prove.xmpp_module")), el("p", {class: "hint"}, t("prove.xmpp_module_text")), copied(moduleFile(target))),
    el("details", {}, el("summary", {}, t("prove.xmpp_other")), el("p", {class: "hint"}, t("prove.xmpp_other_text")),
      copied(`<acme xmlns='${NAMESPACE}' token='${target.token}'>${target.authorization}</acme>`)),
  ];
}
