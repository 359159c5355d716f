// The JSON interface of the site (docs/site-api.md). What fails is thrown as an ApiError.

export class ApiError extends Error {
  // status 0: nobody answered. word: of the catalogue, "error.WORD". field: the member of the body that is wrong. why: a sentence of the CA's own.
  constructor(status, body = {}, retryAfter = 0) {
    super(body.error ?? `status ${status}`);
    this.status = status;
    this.word = body.error ?? (status === 429 ? "too-many-tries" : status === 503 ? "try-again" : "unknown");
    this.field = body.field;
    this.why = body.why;
    this.retryAfter = retryAfter; // seconds
  }
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(`/api/${path}`, {cache: "no-store", ...options});
  } catch {
    throw new ApiError(0, {error: "no-connection"});
  }
  const body = await response.json().catch(() => ({}));
  if (response.ok)
    return body;
  const error = new ApiError(response.status, body, Number(response.headers.get("Retry-After")) || 0);
  if (error.status === 401 && error.word === "log-in" && location.pathname !== "/log-in") {
    signedIn(false);
    goToLogIn();
    return new Promise(() => {}); // the page goes away
  }
  throw error;
}

export function get(path) {
  return ask(path, {});
}

export function post(path, body = {}) {
  return ask(path, {method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify(body)});
}

let known;

// Who is there: the answer of GET /api/session, asked once a page. again: after something changed.
export function session(again = false) {
  if (!known || again)
    known = get("session").then((is) => {
      signedIn(is.signed_in && !is.half);
      return is;
    });
  return known;
}

// A hint, so that the next page's header shows at once what the answer will say. No right comes from it.
export function signedIn(is) {
  try {
    if (is)
      localStorage.setItem("signed-in", "1");
    else
      localStorage.removeItem("signed-in");
  } catch {
    // a browser that keeps nothing
  }
}

export function goToLogIn() {
  location.assign(`/log-in#return=${encodeURIComponent(location.pathname + location.hash)}`);
}

// The members of the page's fragment: #domain=example.org&way=dns.
export function fragment() {
  return new URLSearchParams(location.hash.slice(1));
}

// A path of this site to go on to; anything that leads elsewhere becomes the other.
export function localPath(text, otherwise = "/dashboard") {
  try {
    const url = new URL(text, location.origin);
    const path = url.pathname + url.hash;
    return text.startsWith("/") && url.origin === location.origin && !/^\/(\/|api\/|log-in|sign-up)/.test(path) ? path : otherwise;
  } catch {
    return otherwise;
  }
}
