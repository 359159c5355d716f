// What this browser keeps in IndexedDB: ACME accounts (with keys that can't be read), and certificates under way. Both carry the kid of the EAB key that
// the account was bound with: on a shared computer a record is taken up only for the person to whom the site says that this kid belongs.
const NAME = "xica";
const STORES = {accounts: "kid", drafts: "order"}; // and the member that is the key

let opened;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const [store, keyPath] of Object.entries(STORES))
        request.result.createObjectStore(store, {keyPath});
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

async function run(store, mode, work) {
  const transaction = (await open()).transaction(store, mode, {durability: "strict"});
  const request = work(transaction.objectStore(store));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

const all = (store, kids) => run(store, "readonly", (rows) => rows.getAll()).then((rows) => rows.filter(({kid}) => kids.includes(kid)));

// {kid, url, pair}: pair is a CryptoKeyPair whose private key can't be exported.
export const accounts = (kids) => all("accounts", kids);
export const keepAccount = (account) => run("accounts", "readwrite", (rows) => rows.put(account));
export const forgetAccount = (kid) => run("accounts", "readwrite", (rows) => rows.delete(kid));

// {order: URL, kid, names, step, …}: see draft.js.
export const drafts = (kids) => all("drafts", kids);
export const keepDraft = (draft) => run("drafts", "readwrite", (rows) => rows.put(draft));
export const forgetDraft = (order) => run("drafts", "readwrite", (rows) => rows.delete(order));
