// What is theirs: certificates, domains, keys for ACME clients, and what was done.
import {byId} from "/js/dom.js";
import {load} from "/js/load.js";
import {certificates} from "/js/dashboard/certificates.js";
import {domains} from "/js/dashboard/domains.js";
import {history} from "/js/dashboard/history.js";
import {keys} from "/js/dashboard/keys.js";

load(byId("certificate-list"), certificates);
load(byId("domain-list"), domains);
load(byId("key-list"), keys);
load(byId("history-list"), history);
