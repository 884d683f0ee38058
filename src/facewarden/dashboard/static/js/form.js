// Forms from a list of fields: labels, help, what is wrong beside the field, and merging when
// somebody else has changed the same thing meanwhile (412).

import { Problem, newKey } from "./api.js";
import { openDialog } from "./dialog.js";
import { fill, h, newId, said } from "./dom.js";
import { problemBox } from "./problem.js";
import { fromLocalInput, toLocalInput } from "./words.js";

/**
 * @typedef {Object} Field
 * @property {string} name member of the message that is sent
 * @property {string} label
 * @property {string} [type] text (default), textarea, password, number, datetime, checkbox,
 *   select, checks (several of `options`)
 * @property {string} [help]
 * @property {boolean} [required]
 * @property {Array<string|{value: string, label: string}>} [options]
 * @property {Object} [attributes] more of the input's: maxlength, autocomplete, min, step
 * @property {(value: any) => string} [words] how a value is told when two edits are merged
 * @property {any} [empty] what is sent for nothing: "" (default) or null
 */

/**
 * A form.
 * @param {Object} options
 * @param {Field[]} options.fields
 * @param {Object} [options.value] what stands there at first
 * @param {string} options.action the button's word
 * @param {(value: Object, key: string) => Promise<any>} options.submit `key` is an idempotency key
 *   that stays the same until what is typed changes, so that a lost answer makes nothing twice
 * @param {() => void} [options.cancel] adds a button
 * @param {(value: Object) => void} [options.onchange]
 * @returns {HTMLFormElement} with `read()`, `write(value)`, `dirty`
 */
export function form({ fields, value = {}, action, submit, cancel = null, onchange = null, danger = false }) {
  const inputs = new Map();
  const trouble = h("div");
  const button = h(`button.primary${danger ? ".danger" : ""}`, { type: "submit" }, action);
  let key = newKey();
  let first = "";
  const root = h("form.form", { novalidate: true }, fields.map((field) => fieldOf(field, inputs)), trouble,
    h("div.actions", null, button, cancel && h("button", { type: "button", onclick: cancel }, "Cancel")));
  root.read = () => Object.fromEntries(fields.map((field) => [field.name, inputs.get(field.name).read()]));
  root.write = (given) => {
    for (const field of fields) if (field.name in given) inputs.get(field.name).write(given[field.name]);
    first = JSON.stringify(root.read());
  };
  Object.defineProperty(root, "dirty", { get: () => JSON.stringify(root.read()) !== first });
  root.saved = () => { first = JSON.stringify(root.read()); };
  root.addEventListener("input", () => {
    key = newKey();
    onchange?.(root.read());
  });
  root.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (root.getAttribute("aria-busy") === "true") return;
    const missing = fields.filter((field) => inputs.get(field.name).check());
    if (missing.length > 0) {
      inputs.get(missing[0].name).focus();
      return;
    }
    root.setAttribute("aria-busy", "true");
    button.disabled = true;
    fill(trouble);
    try {
      await submit(root.read(), key);
      root.saved();
    } catch (error) {
      fill(trouble, problemBox(error));
      for (const one of error.problems ?? []) {
        inputs.get(one.where.split(".").at(-1))?.blame(one.what);
      }
    } finally {
      root.removeAttribute("aria-busy");
      button.disabled = false;
    }
  });
  root.write(value);
  return root;
}

function fieldOf(field, inputs) {
  const id = newId("field");
  const help = field.help && h("p.help", { id: `${id}-help` }, field.help);
  const wrong = h("p.invalid", { id: `${id}-wrong`, hidden: true });
  const described = { "aria-describedby": [help && `${id}-help`, `${id}-wrong`].filter(Boolean).join(" ") };
  const common = { id, name: field.name, required: Boolean(field.required), ...described, ...field.attributes };
  const blame = (text) => {
    wrong.textContent = text;
    wrong.hidden = !text;
    for (const one of wrong.parentElement.querySelectorAll("input, textarea, select")) {
      if (text) one.setAttribute("aria-invalid", "true");
      else one.removeAttribute("aria-invalid");
    }
  };
  const entry = { blame, check: () => false };
  inputs.set(field.name, entry);
  if (field.type === "checks") {
    const boxes = field.options.map((option) => {
      const { value, label } = pair(option);
      return h("label.check", null, h("input", { type: "checkbox", value, ...described }), h("span", null, label));
    });
    const chosen = () => boxes.map((box) => box.firstElementChild).filter((box) => box.checked).map((box) => box.value);
    entry.read = chosen;
    entry.write = (values) => boxes.forEach((box) => { box.firstElementChild.checked = (values ?? []).includes(box.firstElementChild.value); });
    entry.focus = () => boxes[0]?.firstElementChild.focus();
    entry.check = () => {
      const bad = field.required && chosen().length === 0;
      blame(bad ? "Choose at least one." : "");
      return bad;
    };
    return h("fieldset.field", null, h("legend", null, field.label), help, h("div.checks", null, boxes), wrong);
  }
  if (field.type === "checkbox") {
    const box = h("input", { type: "checkbox", ...common });
    entry.read = () => box.checked;
    entry.write = (on) => { box.checked = Boolean(on); };
    entry.focus = () => box.focus();
    return h("div.field", null, h("label.check", null, box, h("span", null, field.label)), help, wrong);
  }
  let input;
  if (field.type === "textarea") input = h("textarea", { rows: 4, dir: "auto", ...common });
  else if (field.type === "select") {
    input = h("select", common, field.options.map((option) => { const { value, label } = pair(option); return h("option", { value }, label); }));
  } else {
    const type = { datetime: "datetime-local", number: "number", password: "password", date: "date", time: "time" }[field.type] ?? "text";
    input = h("input", { type, dir: type === "text" ? "auto" : null, step: type === "datetime-local" ? 1 : type === "number" ? "any" : null, ...common });
  }
  const empty = field.empty === undefined ? (field.type === "number" || field.type === "datetime" ? null : "") : field.empty;
  entry.read = () => {
    const text = field.type === "password" ? input.value : input.value.trim();
    if (text === "") return empty;
    if (field.type === "number") return Number(text);
    return field.type === "datetime" ? fromLocalInput(text) : text;
  };
  entry.write = (given) => { input.value = field.type === "datetime" ? toLocalInput(given) : (given ?? ""); };
  entry.focus = () => input.focus();
  entry.check = () => {
    const bad = field.required && input.value.trim() === "";
    blame(bad ? "This is needed." : input.validity.valid ? "" : input.validationMessage);
    return bad || !input.validity.valid;
  };
  input.addEventListener("input", () => blame(""));
  const extra = field.type === "password" && h("button.plain.reveal", { type: "button", "aria-pressed": "false", "aria-controls": id, onclick: (event) => {
    const shown = input.type === "text";
    input.type = shown ? "password" : "text";
    event.currentTarget.setAttribute("aria-pressed", String(!shown));
  } }, "Show");
  return h("div.field", null, h("label", { for: id }, field.label, field.required ? "" : h("span.optional", null, " (may stay empty)")),
    extra ? h("div.with-button", null, input, extra) : input, help, wrong);
}

function pair(option) {
  return typeof option === "string" ? { value: option, label: option } : option;
}

/**
 * Save an edit; where somebody else has saved first (412), show what they changed and let the
 * user choose for each field, then save on top of theirs.
 * @param {Object} options
 * @param {Field[]} options.fields
 * @param {Object} options.base what the edit began with
 * @param {Object} options.mine what was typed
 * @param {string} options.etag of base
 * @param {() => Promise<{data: Object, etag: string}>} options.read reads it again
 * @param {(value: Object, etag: string) => Promise<any>} options.save
 * @param {(data: Object) => Object} [options.fieldsOf] the fields of what `read` gives
 * @returns {Promise<any>} what `save` gave, or null when the user left it
 */
export async function saveMerging({ fields, base, mine, etag, read, save, fieldsOf = (data) => data }) {
  for (;;) {
    try {
      return await save(mine, etag);
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 412) throw error;
    }
    const now = await read();
    const theirs = fieldsOf(now.data);
    const merged = await mergeDialog(fields, base, mine, theirs);
    if (merged === null) return null;
    base = theirs;
    mine = merged;
    etag = now.etag;
  }
}

/** Ask which of two changes is to stay, field by field; fields that only one changed are settled. */
export async function mergeDialog(fields, base, mine, theirs) {
  const same = (a, b) => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
  const chosen = { ...mine };
  const both = [];
  const onlyTheirs = [];
  for (const field of fields) {
    const name = field.name;
    if (same(mine[name], theirs[name]) || same(base[name], theirs[name])) continue;
    if (same(base[name], mine[name])) {
      chosen[name] = theirs[name];
      onlyTheirs.push(field);
    } else both.push(field);
  }
  const choice = (field) => {
    const name = newId("merge");
    const option = (label, value, checked) =>
      h("label.check.merge", null,
        h("input", { type: "radio", name, checked, onchange: () => { chosen[field.name] = value; } }),
        h("span", null, h("strong", null, label), h("span.value", null, shown(value, field))));
    return h("fieldset.field", null, h("legend", null, field.label), option("Yours", mine[field.name], true), option("Theirs", theirs[field.name], false));
  };
  return openDialog({
    title: "Somebody else has changed this meanwhile",
    wide: true,
    body: [
      onlyTheirs.length > 0 && h("div", null, h("p", null, "They changed, and you did not; their change stays:"),
        h("dl.facts", null, onlyTheirs.map((field) => h("div", null, h("dt", null, field.label), h("dd", null, shown(theirs[field.name], field)))))),
      both.length > 0 && h("div", null, h("p", null, "You both changed. What is to stand?"), both.map(choice)),
      both.length + onlyTheirs.length === 0 && h("p", null, "Their change does not touch what you changed."),
    ],
    actions: [
      { label: "Go on editing", value: null },
      { label: "Save", primary: true, run: async () => chosen },
    ],
  });
}

function shown(value, field) {
  if (field.words) return field.words(value);
  if (value === null || value === undefined || value === "") return "(empty)";
  return said(Array.isArray(value) ? value.join(", ") : String(value));
}
