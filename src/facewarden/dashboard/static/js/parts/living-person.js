// The claim that photographs were taken of living people, which the server then checks.

import { h } from "../dom.js";

/** @returns {HTMLElement} a tick box with `query`, what it adds to an upload's query */
export function livingPerson() {
  const box = h("input", { type: "checkbox" });
  const root = h("label.check", null, box, h("span", null, "Taken of a living person: refuse what looks like a picture of a picture"));
  Object.defineProperty(root, "query", { get: () => (box.checked ? { live: true } : {}) });
  return root;
}
