// Names and values side by side.

import { h } from "../dom.js";

/** A list of [name, value] pairs; a value of null leaves its pair out. */
export function facts(pairs) {
  return h(
    "dl.facts",
    null,
    pairs.filter((pair) => pair && pair[1] !== null && pair[1] !== undefined && pair[1] !== "").map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))),
  );
}

/** A section with a heading of its own. */
export function section(title, ...children) {
  return h("section.panel.sheet", { "aria-label": title }, h("h2", null, title), children);
}

const SIGNS = { good: "✓", bad: "✕", info: "…", warn: "!", live: "●" };

/** A word that tells a state, with a sign before it so that it is not told by colour alone. */
export function badge(word, kind = "") {
  const sign = SIGNS[kind];
  return h(`span.tag${kind ? `.${kind}` : ""}`, null, sign && h("span", { "aria-hidden": "true" }, sign), word);
}
