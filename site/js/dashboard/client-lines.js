// Ready lines for ACME clients, with a key in them.
import {t} from "/js/text.js";

const CERTBOT = ({directory, kid, mac_key, domain}, hook = "") => `certbot certonly --standalone -d ${domain} \\
  --server ${directory} \\
  --eab-kid ${kid} \\
  --eab-hmac-key ${mac_key}${hook ? ` \\\n  --deploy-hook '${hook}'` : ""}`;

const EJABBERD_HOOK = "cat $RENEWED_LINEAGE/privkey.pem $RENEWED_LINEAGE/fullchain.pem | install -m 640 -g ejabberd /dev/stdin /etc/ejabberd/xica.pem; ejabberdctl reload_config";

// key: {kid, mac_key, directory, domain}
export function clientLines(key) {
  return [
    {name: "certbot", text: CERTBOT(key)},
    {name: "lego", text: `lego --server ${key.directory} \\
  --email admin@${key.domain} --domains ${key.domain} \\
  --eab --kid ${key.kid} --hmac ${key.mac_key} \\
  --http --accept-tos run`},
    {name: "Prosody", why: t("key.prosody"), text: CERTBOT(key, "prosodyctl --root cert import /etc/letsencrypt/live")},
    {name: "ejabberd", why: t("key.ejabberd"), text: `${CERTBOT(key, EJABBERD_HOOK)}

# /etc/ejabberd/ejabberd.yml
certfiles:
  - /etc/ejabberd/xica.pem`},
  ];
}
