// The list of alerts, newest first. What arrives while somebody reads is put on top without moving
// what they read; a button says how many.

import { fill, h, said } from "../dom.js";
import { problemBox } from "../problem.js";
import { roving } from "../table.js";
import { ago, similarity } from "../words.js";
import { presentationTag, workTag } from "./labels.js";

const AGE_MS = 15_000;

export class Queue {
  #items = new Map(); // alert id -> {alert, row}
  #cursor = null;
  #turn = 0;
  #above = 0;

  /**
   * @param {Object} place
   * @param {(cursor) => Promise<{items, next}>} load one page
   * @param {(alert) => boolean} wanted whether the filters let an alert through
   * @param {(id: string) => void} open
   */
  constructor({ signal, load, wanted, open }) {
    Object.assign(this, { load, wanted, open });
    this.selected = "";
    this.list = h("ul.queue-list", { "aria-label": "Alerts, newest first" });
    this.foot = h("div.queue-foot");
    this.fresh = h("button.fresh", { type: "button", hidden: true, onclick: () => this.#toTop() });
    this.scroll = h("div.queue-scroll", null, this.list, this.foot);
    this.root = h("section.queue", { "aria-label": "Queue" }, this.fresh, this.scroll);
    this.walk = roving(this.list, "a");
    this.scroll.addEventListener("scroll", () => this.scroll.scrollTop < 4 && this.#seenTop());
    const timer = setInterval(() => this.#ages(), AGE_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
  }

  /** Read the list from its beginning. */
  async reload() {
    await this.#more(true);
  }

  /** Read what may have been missed, and put it where it belongs without moving what is read. */
  async refresh() {
    try {
      const page = await this.load(null);
      const gap = page.next && this.#items.size > 0 && !page.items.some((alert) => this.#items.has(alert.alert_id));
      if (gap) await this.reload();
      else for (const alert of page.items.toReversed()) this.take(alert);
    } catch {
      // The banner says that there is no connection; the next reload brings it.
    }
  }

  async #more(fresh) {
    const mine = ++this.#turn;
    this.root.setAttribute("aria-busy", "true");
    try {
      const page = await this.load(fresh ? null : this.#cursor);
      if (mine !== this.#turn) return;
      this.#cursor = page.next;
      if (fresh) {
        this.list.replaceChildren();
        this.#items.clear();
      }
      for (const alert of page.items) {
        if (this.#items.has(alert.alert_id)) continue;
        const row = this.#row(alert);
        this.#items.set(alert.alert_id, { alert, row });
        this.list.append(row);
      }
      this.#settle();
    } catch (error) {
      if (mine === this.#turn) fill(this.foot, problemBox(error, () => this.#more(fresh)));
    } finally {
      if (mine === this.#turn) this.root.removeAttribute("aria-busy");
    }
  }

  /** Take in an alert that is new, revised or reviewed. */
  take(alert) {
    const known = this.#items.get(alert.alert_id);
    if (known) {
      known.alert = alert;
      // One that no longer fits stays while it is read; it goes with the next reload.
      if (!this.wanted(alert) && alert.alert_id !== this.selected) {
        this.#still(() => known.row.remove());
        this.#items.delete(alert.alert_id);
      } else this.#draw(known.row, alert);
      this.#settle();
      return;
    }
    if (!this.wanted(alert)) return;
    const newest = this.list.firstElementChild?.dataset.raised ?? "";
    if (this.#cursor && alert.raised_at < (this.list.lastElementChild?.dataset.raised ?? "")) return; // on a page not read yet
    const row = this.#row(alert);
    this.#items.set(alert.alert_id, { alert, row });
    const place = alert.raised_at >= newest ? this.list.firstElementChild
      : [...this.list.children].find((one) => one.dataset.raised < alert.raised_at) ?? null;
    this.#still(() => this.list.insertBefore(row, place));
    if (this.scroll.scrollTop > 4) {
      this.#above += 1;
      fill(this.fresh, `↑ ${this.#above} new`);
      this.fresh.hidden = false;
    }
    this.#settle();
  }

  /** Do something to the list without moving what is read. */
  #still(change) {
    const reading = this.selected || this.scroll.scrollTop > 4 || this.list.contains(document.activeElement) || this.scroll.matches(":hover");
    const anchor = reading && (this.#items.get(this.selected)?.row ?? this.list.firstElementChild);
    const before = anchor ? anchor.getBoundingClientRect().top : 0;
    this.scroll.classList.toggle("spare", Boolean(reading));
    change();
    if (anchor?.isConnected) this.scroll.scrollTop += anchor.getBoundingClientRect().top - before;
  }

  #toTop() {
    this.scroll.scrollTop = 0;
    this.#seenTop();
    this.walk.select(this.list.querySelector("a"));
  }

  #seenTop() {
    this.#above = 0;
    this.fresh.hidden = true;
  }

  /** The next or previous alert; opens it. */
  move(by) {
    const ids = [...this.list.children].map((row) => row.dataset.id);
    if (ids.length === 0) return;
    const index = ids.indexOf(this.selected);
    const next = index < 0 ? 0 : Math.min(ids.length - 1, Math.max(0, index + by));
    if (ids[next] !== this.selected) this.open(ids[next]);
    else if (by > 0 && this.#cursor) this.#more(false);
  }

  /** Mark an alert as the one that is read. */
  select(id, focus = false) {
    this.selected = id;
    for (const { alert, row } of this.#items.values()) {
      const link = row.firstElementChild;
      if (alert.alert_id === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    const row = this.#items.get(id)?.row;
    if (row) this.walk.select(row.firstElementChild, focus);
  }

  #row(alert) {
    const row = h("li", { "data-id": alert.alert_id, "data-raised": alert.raised_at }, h("a", {
      href: `#/alerts/${alert.alert_id}`,
      tabindex: "-1",
      onclick: (event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return;
        event.preventDefault();
        this.open(row.dataset.id);
      },
    }));
    this.#draw(row, alert);
    return row;
  }

  #draw(row, alert) {
    fill(row.firstElementChild,
      h("span.queue-name", null, said(alert.subject.name)), workTag(alert.work),
      h("span.queue-where", null, said(alert.camera.name), " · ", said(alert.watchlist)), presentationTag(alert),
      h("time.queue-when", { datetime: alert.raised_at, title: new Date(alert.raised_at).toLocaleString(), "data-since": alert.raised_at }, ago(alert.raised_at)),
      h("span.queue-how", null, "similarity ", h("strong", null, similarity(alert.similarity)), `, needs ${similarity(alert.threshold)}`));
  }

  #ages() {
    for (const one of this.list.querySelectorAll("[data-since]")) one.textContent = ago(one.dataset.since);
  }

  #settle() {
    this.walk.settle();
    if (this.selected) this.select(this.selected);
    fill(this.foot,
      this.#items.size === 0 && h("p.empty", null, "No alerts here. New ones appear by themselves."),
      this.#cursor && h("button", { type: "button", onclick: () => this.#more(false) }, "Show older alerts"));
  }
}
