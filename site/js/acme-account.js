// The ACME account of the person who is signed in, in this browser: found again, or made and bound to the person by EAB without their noticing.
import {Account, Acme, Problem} from "/js/acme.js";
import {makeAccountKey} from "/js/jws.js";
import {accounts, forgetAccount, keepAccount} from "/js/keystore.js";
import {get, post} from "/js/api.js";

// What a list of keys calls this browser: "Chromium, Linux".
function browserName() {
  const agent = navigator.userAgent;
  const browser = ["Firefox", "Edg", "OPR", "Chrome", "Safari"].find((word) => agent.includes(`${word}/`)) ?? "Browser";
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac OS", "Linux"].find((word) => agent.includes(word));
  return [{Edg: "Edge", OPR: "Opera"}[browser] ?? browser, system].filter(Boolean).join(", ");
}

async function make(acme) {
  const binding = await post("keys", {name: browserName(), browser: true});
  const pair = await makeAccountKey();
  const account = await acme.newAccount(pair, binding);
  await keepAccount({kid: binding.kid, url: account.url, pair});
  account.kid = binding.kid;
  return account;
}

// The kids of the person's browser keys that still hold.
export async function livingKids() {
  const {keys} = await get("keys");
  return keys.filter(({browser, revoked}) => browser && !revoked).map(({kid}) => kid);
}

export async function openAccount() {
  const [acme, kids] = await Promise.all([Acme.open("/acme/directory"), livingKids()]);
  const [kept] = await accounts(kids);
  if (!kept)
    return make(acme);
  const account = new Account(acme, kept.pair, kept.url);
  account.kid = kept.kid;
  return account;
}

// Whether the CA doesn't know this account any more, or it was deactivated: then its record goes, and openAccount makes another.
export async function accountIsGone(account, problem) {
  if (!(problem instanceof Problem) || !["accountDoesNotExist", "unauthorized"].includes(problem.type))
    return false;
  if (problem.type === "unauthorized") {
    const itself = await account.read(account.url).catch((error) => error);
    if (!(itself instanceof Problem) || !["accountDoesNotExist", "unauthorized"].includes(itself.type))
      return false;
  }
  await forgetAccount(account.kid);
  return true;
}
