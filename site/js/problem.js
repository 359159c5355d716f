// What the CA refused, in words: what happened, what to do, and the CA's own sentence.
import {Problem} from "/js/acme.js";
import {el, notice} from "/js/dom.js";
import {duration} from "/js/format.js";
import {errorText, has, t} from "/js/text.js";

function words(problem) {
  const key = `problem.${problem.type}`;
  return t(has(key) ? key : "problem.other", {wait: duration(problem.retryAfter || 60), type: problem.type});
}

const quoted = (detail) => el("blockquote", {lang: "en"}, detail);

function parts(problem) {
  return problem.subproblems.map((sub) => el("li", {}, el("code", {}, sub.identifier?.value ?? ""), " ", words({...problem, ...sub}), quoted(sub.detail ?? "")));
}

// A notice for anything that was thrown; what: a text that says what could not be done.
export function said(error, what) {
  if (!(error instanceof Problem))
    return notice("bad", what && el("b", {}, `${what} `), error.word ? errorText(error) : t("problem.page", {what: error.message}));
  const shown = notice("bad", what && el("b", {}, `${what} `), words(error));
  if (error.subproblems.length)
    shown.append(el("ul", {}, parts(error)));
  else if (error.detail)
    shown.append(quoted(error.detail));
  return shown;
}
