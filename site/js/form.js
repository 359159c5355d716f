// Forms: checked here in the page's language, then sent; while that lasts the button shows it; what is wrong is said at the field.
import {el, newId, busy, notice} from "/js/dom.js";
import {t, errorText} from "/js/text.js";

// A labelled control. options: type, name, hint, and whatever else an input may have; element: "select" or "textarea" with children.
export function field(label, options, ...children) {
  const {hint, element = "input", ...attributes} = options;
  const id = attributes.id ?? newId();
  return el("div", {class: "field"}, el("label", {for: id}, label), hint && el("p", {class: "hint", id: `${id}-hint`}, hint),
    el(element, {...attributes, id, "aria-describedby": hint && `${id}-hint`}, ...children));
}

export function check(label, attributes) {
  return el("label", {class: "check"}, el("input", {type: "checkbox", ...attributes}), el("span", {}, label));
}

function describe(control, id, on) {
  const ids = (control.getAttribute("aria-describedby") ?? "").split(" ").filter((known) => known && known !== id);
  if (on)
    ids.push(id);
  if (ids.length)
    control.setAttribute("aria-describedby", ids.join(" "));
  else
    control.removeAttribute("aria-describedby");
}

export function fieldProblem(control, text) {
  const id = `${control.id || (control.id = newId())}-problem`;
  document.getElementById(id)?.remove();
  describe(control, id, Boolean(text));
  if (!text) {
    control.removeAttribute("aria-invalid");
    return;
  }
  control.setAttribute("aria-invalid", "true");
  control.after(el("p", {class: "problem", id}, text));
}

function wrongWith(control) {
  const {validity} = control;
  if (validity.valid)
    return null;
  if (validity.valueMissing)
    return t("error.missing");
  if (validity.typeMismatch)
    return t("error.address");
  if (validity.tooShort)
    return t("error.too-short", {min: control.minLength});
  return control.dataset.wrong ? t(control.dataset.wrong) : t("error.form");
}

function checkAll(form) {
  let first = null;
  for (const control of form.elements) {
    if (!control.willValidate || control.type === "submit")
      continue;
    const problem = wrongWith(control);
    fieldProblem(control, problem);
    if (problem)
      first ??= control;
  }
  first?.focus();
  return !first;
}

// Above the form's button: the answer as a whole.
export function say(form, node) {
  form.querySelector(":scope > .notice")?.remove();
  const last = form.querySelector("[type=submit]")?.closest("form > *");
  if (node)
    form.insertBefore(node, last ?? null);
}

export function sayError(form, error) {
  const control = error.field && form.elements.namedItem(error.field);
  if (control instanceof HTMLElement) {
    fieldProblem(control, errorText(error));
    control.focus();
  } else {
    say(form, notice("bad", errorText(error)));
  }
}

// The named fields' values.
export function values(form) {
  const all = {};
  for (const control of form.elements)
    if (control.name)
      all[control.name] = control.type === "checkbox" ? control.checked : control.value.trim();
  for (const control of form.querySelectorAll("input[type=password]"))
    all[control.name] = control.value; // blanks are part of a password
  return all;
}

// handler(values, form); what it throws is shown.
export function onSubmit(form, handler) {
  form.noValidate = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    say(form, null);
    const pressed = event.submitter ?? form.querySelector("[type=submit]");
    if (!checkAll(form))
      return;
    try {
      await busy(pressed, () => handler(values(form), form));
    } catch (error) {
      sayError(form, error);
    }
  });
  form.addEventListener("input", (event) => {
    if (event.target.getAttribute("aria-invalid") && event.target.validity.valid)
      fieldProblem(event.target, null);
  });
}
