// ACME (RFC 8555) as the wizard speaks it: signed requests with nonces, problems as exceptions, and waiting for what takes time.
import {bound, publicJwk, signed} from "/js/jws.js";

const TRIES = 4; // of one request, after a nonce that was not taken or a moment in which nobody was there
const WAIT_LONGEST = 30; // seconds between two looks

// What the CA refused: its problem document (RFC 7807). type is the last word of ACME's error URNs, or "network" where no answer came.
export class Problem extends Error {
  constructor(type, detail, more = {}) {
    super(detail || type);
    Object.assign(this, {type, detail, status: 0, subproblems: [], retryAfter: 0}, more);
  }
}

export const asProblem = (document, more) =>
  new Problem((document.type ?? "").split(":").pop() || "serverInternal", document.detail ?? "", {
    subproblems: (document.subproblems ?? []).map((sub) => ({...sub, type: (sub.type ?? "").split(":").pop()})),
    ...more,
  });

const retryAfter = (answer) => Number.parseInt(answer.headers.get("Retry-After") ?? "0", 10) || 0;

export function pause(seconds, signal) {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const timer = setTimeout(resolve, seconds * 1000);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, {once: true});
  });
}

async function ask(url, options) {
  try {
    return await fetch(url, {cache: "no-store", credentials: "omit", ...options});
  } catch {
    throw new Problem("network", "");
  }
}

async function problemOf(answer) {
  const document = await answer.json().catch(() => ({}));
  return asProblem(document, {status: answer.status, retryAfter: retryAfter(answer)});
}

export class Acme {
  #nonces = [];

  constructor(directory) {
    this.directory = directory;
  }

  static async open(url) {
    const answer = await ask(url);
    if (!answer.ok)
      throw await problemOf(answer);
    return new Acme(await answer.json());
  }

  async #nonce() {
    if (this.#nonces.length)
      return this.#nonces.pop();
    const answer = await ask(this.directory.newNonce, {method: "HEAD"});
    const nonce = answer.headers.get("Replay-Nonce");
    if (!nonce)
      throw new Problem("network", "");
    return nonce;
  }

  // identity: {kid: account URL} or {jwk}. Returns the answer, whose status is a good one.
  async post(pair, identity, url, payload) {
    for (let tries = 1; ; tries++) {
      const header = {...identity, nonce: await this.#nonce(), url};
      const body = JSON.stringify(await signed(pair, header, payload));
      const answer = await ask(url, {method: "POST", headers: {"Content-Type": "application/jose+json"}, body});
      const nonce = answer.headers.get("Replay-Nonce");
      if (nonce)
        this.#nonces.push(nonce);
      if (answer.ok)
        return answer;
      const problem = await problemOf(answer);
      const again = problem.type === "badNonce" || (problem.status === 503 && problem.retryAfter <= WAIT_LONGEST);
      if (!again || tries === TRIES)
        throw problem;
      if (problem.type === "badNonce")
        this.#nonces = nonce ? [nonce] : [];
      else await pause(problem.retryAfter || 1);
    }
  }

  // binding: of the site (see jws.js), or null.
  async newAccount(pair, binding) {
    const url = this.directory.newAccount;
    const payload = {termsOfServiceAgreed: true};
    if (binding)
      payload.externalAccountBinding = await bound(pair, binding, url);
    const answer = await this.post(pair, {jwk: await publicJwk(pair)}, url, payload);
    return new Account(this, pair, answer.headers.get("Location"));
  }
}

export class Account {
  constructor(acme, pair, url) {
    Object.assign(this, {acme, pair, url});
  }

  post(url, payload) {
    return this.acme.post(this.pair, {kid: this.url}, url, payload);
  }

  // POST-as-GET.
  async read(url) {
    return (await this.post(url, null)).json();
  }

  // profile: a name of the directory's, or nothing for the CA's first. Returns the order with its url.
  async newOrder(identifiers, profile) {
    const answer = await this.post(this.acme.directory.newOrder, {identifiers, ...(profile && {profile})});
    return {...(await answer.json()), url: answer.headers.get("Location")};
  }

  async order(url) {
    return {...(await this.read(url)), url};
  }

  // Each with its url.
  authorizations(order) {
    return Promise.all(order.authorizations.map(async (url) => ({...(await this.read(url)), url})));
  }

  // Looks again until `settled` says so of the object at url, as often as the CA asks for, or else every so many
  // seconds. waits(seconds) is told how long until the next look.
  async watch(url, settled, {signal, every = 2, waits} = {}) {
    for (;;) {
      const answer = await this.post(url, null);
      const object = {...(await answer.json()), url};
      signal?.throwIfAborted();
      if (settled(object))
        return object;
      const seconds = retryAfter(answer) || every;
      waits?.(seconds);
      await pause(Math.min(seconds, WAIT_LONGEST), signal);
    }
  }

  // csr: DER as base64url. Returns the order: valid, or still processing.
  async finalize(order, csr) {
    return {...(await (await this.post(order.finalize, {csr})).json()), url: order.url};
  }

  // The certificate and what stands above it, as PEM.
  async certificate(order) {
    return (await this.post(order.certificate, null)).text();
  }
}
