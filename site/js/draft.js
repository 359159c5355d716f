// A certificate under way, kept in the browser until it is done, so that a reload or a closed window loses nothing: its order, its names, and a key
// that was made here and not yet saved by the person.
//
// {order: URL, kid, identifiers (in the person's order), profile, begun, given (a request to use), givenBy ("own" or
// "earlier"), pair (CryptoKeyPair), csr (what the certificate is or will be asked for with), saved: the key was downloaded}. Requests are DER in base64url.
import {drafts, forgetDraft, keepDraft} from "/js/keystore.js";
import {now} from "/js/format.js";

const CURRENT = "get.order"; // of this tab
const WISH = "get.wish";
const WISH_LASTS = 86400; // seconds

export async function begin(account, order, more) {
  const draft = {order: order.url, kid: account.kid, begun: now(), profile: order.profile, ...more};
  await keepDraft(draft);
  sessionStorage.setItem(CURRENT, draft.order);
  dropWish();
  return draft;
}

export async function change(draft, changes) {
  Object.assign(draft, changes);
  await keepDraft(draft);
}

// The same wish by another order, since its first one can't be had any more.
export async function move(draft, order) {
  await forgetDraft(draft.order);
  Object.assign(draft, {order: order.url});
  await keepDraft(draft);
  sessionStorage.setItem(CURRENT, draft.order);
}

export async function drop(draft) {
  await forgetDraft(draft.order);
  if (sessionStorage.getItem(CURRENT) === draft.order)
    sessionStorage.removeItem(CURRENT);
}

// Of these kids, newest first. A key that was saved isn't kept any longer than the page that saved it.
export async function open(kids) {
  const list = await drafts(kids);
  for (const draft of list.filter(({saved, pair}) => saved && pair))
    await change(draft, {pair: null});
  return list.sort((one, other) => other.begun - one.begun);
}

export const isCurrent = (draft) => sessionStorage.getItem(CURRENT) === draft.order;
export const makeCurrent = (draft) => sessionStorage.setItem(CURRENT, draft.order);

// --- what somebody wants who isn't signed in yet: it outlives sign-up, which may come back in another tab

export function keepWish(wished) {
  try {
    localStorage.setItem(WISH, JSON.stringify({...wished, until: now() + WISH_LASTS}));
  } catch {
    // a browser that keeps nothing: the names are typed again
  }
}

export const dropWish = () => localStorage.removeItem(WISH);

export function wish() {
  try {
    const kept = JSON.parse(localStorage.getItem(WISH) ?? "null");
    return kept && kept.until > now() ? kept : null;
  } catch {
    return null;
  }
}
