// Ready lines for ACME clients, with a key in them.
import {t} from "/js/text.js";

const EXAMPLE = "example.org";

const XICA = ({directory, kid, mac_key, domain}) => `xica get --server ${directory} \\
  --eab-kid ${kid} \\
  --eab-key ${mac_key}${domain ? ` \\\n  ${domain}` : ""}
systemctl enable --now xica-renew.timer`;

const CERTBOT = ({directory, kid, mac_key, domain}, hook = "") => `certbot certonly --standalone -d ${domain || EXAMPLE} \\
  --server ${directory} \\
  --eab-kid ${kid} \\
  --eab-hmac-key ${mac_key}${hook ? ` \\\n  --deploy-hook '${hook}'` : ""}`;

const EJABBERD_HOOK = "cat $RENEWED_LINEAGE/privkey.pem $RENEWED_LINEAGE/fullchain.pem | install -m 640 -g ejabberd /dev/stdin /etc/ejabberd/xica.pem; ejabberdctl reload_config";

// The server's module (integrations/): it calls xica, which keeps account and certificates where the server's user may write.
const MOD_PROSODY = ({directory, kid, mac_key}) => `plugin_paths = { "/usr/local/share/xica/integrations/prosody" }
xica_server = "${directory}"
xica_get_options = { "--yes", "--eab-kid", "${kid}", "--eab-key", "${mac_key}" }
xica_config_dir = "/var/lib/prosody/xica"
xica_challenges = "/var/lib/prosody/xica-challenges"`;

const MOD_EJABBERD = ({directory, kid, mac_key}) => `certfiles:
  - /var/lib/ejabberd/xica/certificates/*/current/*.pem
modules:
  mod_xica:
    server: ${directory}
    get_options: ["--yes", "--eab-kid", "${kid}", "--eab-key", "${mac_key}"]
    config_dir: /var/lib/ejabberd/xica
    challenges: /var/lib/ejabberd/xica-challenges`;

// key: {kid, mac_key, directory, domain: may be empty}. A list of [client, [[what to do, lines], …]].
export function clientLines(key) {
  return [
    ["xica", [[t("key.xica"), XICA(key)]]],
    ["certbot", [["", CERTBOT(key)]]],
    ["lego", [["", `lego --server ${key.directory} \\
  --email admin@${key.domain || EXAMPLE} --domains ${key.domain || EXAMPLE} \\
  --eab --kid ${key.kid} --hmac ${key.mac_key} \\
  --http --accept-tos run`]]],
    ["Prosody", [
      [t("key.prosody_module"), MOD_PROSODY(key)],
      [t("key.module_get"), `prosodyctl mod_xica get${key.domain ? ` ${key.domain}` : ""}`],
      [t("key.prosody"), CERTBOT(key, "prosodyctl --root cert import /etc/letsencrypt/live")],
    ]],
    ["ejabberd", [
      [t("key.ejabberd_module"), MOD_EJABBERD(key)],
      [t("key.module_get"), `ejabberdctl xica_get ${key.domain || "all"}`],
      [t("key.ejabberd"), CERTBOT(key, EJABBERD_HOOK)],
      [t("key.ejabberd_files"), `certfiles:
  - /etc/ejabberd/xica.pem`],
    ]],
  ];
}
