// What went wrong, shown where it happened: what, what was expected and found, what to do.

import { h } from "./dom.js";
import { Problem } from "./api.js";

/**
 * Make the box that tells of a failure.
 * @param {Error} error a Problem, or a fault of this page
 * @param {() => void} [again] adds a button to try again
 */
export function problemBox(error, again = null) {
  if (error.name === "AbortError") return h("div", { hidden: true });
  const known = error instanceof Problem;
  if (!known) console.error(error);
  const facts = known
    ? [["Expected", error.expected], ["Found", error.found]].filter(([, text]) => text)
    : [];
  return h(
    "div.problem",
    { role: "alert" },
    h("p.what", null, sentence(known ? error.detail || error.title : "This page has a fault.")),
    facts.length > 0 && h("dl", null, facts.map(([name, text]) => h("div", null, h("dt", null, name), h("dd", null, text)))),
    known && error.problems.length > 0 &&
      h("ul", null, error.problems.map((one) => h("li", null, one.where ? `${where(one.where)}: ${one.what}` : one.what))),
    h("p.remedy", null, sentence(known ? error.remedy : "Load it again; if that does not help, tell whoever runs facewarden.")),
    again && h("button", { type: "button", onclick: again }, "Try again"),
  );
}

/** A problem in one line, for a toast. */
export function inShort(error) {
  if (!(error instanceof Problem)) return "This page has a fault.";
  return [error.detail || error.title, error.remedy].filter(Boolean).map(sentence).join(" ");
}

function sentence(text) {
  if (!text) return "";
  const begun = text[0].toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(begun) ? begun : `${begun}.`;
}

function where(path) {
  return path.replace(/^(body|query|path|header)\./, "").replaceAll("_", " ");
}
