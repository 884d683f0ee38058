// A table of what is there already; table.js has the one that reads page by page.

import { h } from "../dom.js";

/**
 * @param {Object} options
 * @param {string} options.caption read by screen readers, and shown with `shown`
 * @param {Array<{title: string, cell: (item) => any, class?: string}>} options.columns class
 *   "figure" for numbers
 * @param {Array} options.items
 * @param {boolean} [options.shown] whether the caption is seen
 */
export function plainTable({ caption, columns, items, shown = false }) {
  return h(
    "div.table-scroll",
    { tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table",
      null,
      h(`caption${shown ? "" : ".unseen"}`, null, caption),
      h("thead", null, h("tr", null, columns.map((one) => h("th", { scope: "col", class: one.class }, one.title)))),
      h(
        "tbody",
        null,
        items.map((item) =>
          h("tr", null, columns.map((one, at) => h(at === 0 ? "th" : "td", { scope: at === 0 ? "row" : null, class: one.class }, one.cell(item)))),
        ),
      ),
    ),
  );
}
