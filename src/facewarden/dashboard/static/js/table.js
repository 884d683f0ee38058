// Tables and lists: read page by page, walked with the arrow keys.

import { h, fill } from "./dom.js";
import { problemBox } from "./problem.js";

/**
 * A table of a list of the REST interface, with "Show more" while there is more.
 * @param {Object} options
 * @param {string} options.caption read by screen readers
 * @param {Array<{title: string, cell: (item) => any, class?: string}>} options.columns
 * @param {(cursor: string|null) => Promise<{items: Array, next: string|null}>} options.load
 * @param {(item) => string} [options.link] address that the first column leads to
 * @param {string|Node} [options.empty] said where there is nothing
 * @param {(item) => any} [options.rowClass]
 * @returns {HTMLElement} with `reload()`, `items`
 */
export function table({ caption, columns, load, link = null, empty = "Nothing here.", rowClass = null }) {
  const body = h("tbody");
  const foot = h("div.table-foot");
  const root = h(
    "div.table-box",
    null,
    h("div.table-scroll", { tabindex: "0", role: "region", "aria-label": caption },
      h("table", null, h("caption.unseen", null, caption), h("thead", null, h("tr", null, columns.map((one) => h("th", { scope: "col", class: one.class }, one.title)))), body)),
    foot,
  );
  let cursor = null;
  let turn = 0;
  root.items = [];
  const more = async (fresh) => {
    const mine = ++turn;
    root.setAttribute("aria-busy", "true");
    try {
      const page = await load(fresh ? null : cursor);
      if (mine !== turn) return;
      if (fresh) {
        body.replaceChildren();
        root.items = [];
      }
      cursor = page.next;
      root.items.push(...page.items);
      body.append(...page.items.map(row));
      fill(foot, root.items.length === 0 && h("p.empty", null, empty),
        cursor && h("button", { type: "button", onclick: () => more(false) }, "Show more"));
    } catch (error) {
      if (mine === turn) fill(foot, problemBox(error, () => more(fresh)));
    } finally {
      if (mine === turn) root.removeAttribute("aria-busy");
    }
  };
  const row = (item) =>
    h("tr", { class: rowClass?.(item) }, columns.map((column, index) => {
      const content = column.cell(item);
      const cell = index === 0 && link ? h("a", { href: link(item) }, content) : content;
      return h(index === 0 ? "th" : "td", { scope: index === 0 ? "row" : null, class: column.class, "data-title": column.title }, cell);
    }));
  root.reload = () => more(true);
  more(true);
  return root;
}

/**
 * Make the children of an element one stop of the Tab key, walked with arrows, Home and End.
 * @param {HTMLElement} list
 * @param {string} selector of the children that take the focus
 * @param {{keys?: string[]}} [options] besides the arrows: ["j", "k"] walk too where keys.js binds them
 * @returns {{move: (by: number) => void, current: () => HTMLElement|null, select: (child) => void}}
 */
export function roving(list, selector) {
  const all = () => [...list.querySelectorAll(selector)];
  const current = () => list.querySelector(`${selector}[tabindex="0"]`);
  const select = (child, focus = true) => {
    for (const one of all()) one.tabIndex = one === child ? 0 : -1;
    if (focus) {
      child.focus({ preventScroll: true });
      child.scrollIntoView({ block: "nearest" });
    }
  };
  const move = (by) => {
    const items = all();
    if (items.length === 0) return;
    const index = items.indexOf(current());
    select(items[Math.min(items.length - 1, Math.max(0, index + by))]);
  };
  const settle = () => {
    const items = all();
    if (items.length > 0 && !current()) items[0].tabIndex = 0;
  };
  list.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
    if (by === undefined || !event.target.matches(selector)) return;
    event.preventDefault();
    event.stopPropagation();
    move(by);
  });
  list.addEventListener("focusin", (event) => event.target.matches(selector) && select(event.target, false));
  return { move, current, select, settle };
}
