// Choosing a subject by part of the name or case number.

import { fill, h, newId, said } from "../dom.js";
import { problemBox } from "../problem.js";

const SHOWN = 8;

/**
 * @param {Object} options
 * @param {(subject: Object|null) => void} options.onpick
 * @param {number} [options.not] a subject that is not offered
 */
export function subjectPicker({ api, signal, onpick, not = 0, label = "Name or case number" }) {
  const id = newId("pick");
  const name = newId("picked");
  const found = h("div.picker-found", { role: "radiogroup", "aria-label": "Subjects found" });
  const count = h("p.help", { role: "status" });
  let timer = 0;
  let turn = 0;

  async function search(text) {
    const mine = ++turn;
    try {
      const page = await api.page("/subjects", { query: { q: text }, limit: SHOWN + 1, signal });
      if (mine !== turn) return;
      const items = page.items.filter((one) => one.subject_id !== not).slice(0, SHOWN);
      onpick(null);
      fill(
        found,
        items.map((one) =>
          h(
            "label.check",
            null,
            h("input", { type: "radio", name, onchange: () => onpick(one) }),
            h("span", null, said(one.details.name), one.details.external_reference ? [" · ", said(one.details.external_reference)] : null, h("small", null, ` ${one.references} ${one.references === 1 ? "photograph" : "photographs"}, ${one.watchlists.join(", ")}`)),
          ),
        ),
      );
      count.textContent = items.length ? `${items.length}${page.next ? " or more" : ""} found` : "Nobody is found.";
    } catch (error) {
      if (mine === turn) fill(found, problemBox(error));
    }
  }

  const input = h("input", {
    id,
    type: "search",
    maxlength: 200,
    dir: "auto",
    autocomplete: "off",
    oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(() => search(input.value), 250);
    },
  });
  search("");
  return h("div.picker", null, h("div.field", null, h("label", { for: id }, label), input), count, found);
}
