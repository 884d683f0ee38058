// What must not be missed: how many alerts nobody has looked at, a sound where the watchlist wants
// one, and a bar that stays until somebody has acknowledged what must be acknowledged.

import { fill, h, said } from "./dom.js";
import { inShort } from "./problem.js";
import { href } from "./router.js";
import { Chime } from "./sound.js";
import { announce, toast } from "./toast.js";
import { similarity } from "./words.js";

const RULES_MS = 60_000; // a watchlist's rules are asked for again after a minute
const SHOWN = 200; // of the alerts that wait; more are told as "200+"

export class AlertBell {
  #waiting = new Map(); // alert id -> alert that nobody has acknowledged
  #told = new Set(); // alert ids that were there at first, or have been announced
  #begun = false;
  #rules = new Map(); // watchlist -> {at, rules}
  #chime = new Chime();
  #complete = true;

  constructor({ api, session, events }) {
    Object.assign(this, { api, session, events });
    this.badge = h("a.badge", { href: href("alerts", [], { work: "new" }), hidden: true });
    this.bar = h("div.must", { role: "region", "aria-label": "To be acknowledged", hidden: true });
  }

  /** Begin; called when somebody has signed in. */
  start() {
    if (!this.session.may("alert.read")) return;
    const ever = new AbortController().signal;
    this.events.onAlert(ever, (alert) => this.#take(alert));
    this.events.onReload(ever, () => this.#load());
    this.#chime.onblocked = () => this.#draw();
    this.#load();
  }

  /** Say that one has seen an alert. */
  async acknowledge(id) {
    await this.api.post(`/casework/alerts/${id}/acknowledge`, undefined);
    this.#waiting.delete(id);
    this.#draw();
  }

  /** The rules of a watchlist: {two_person, sound, must_acknowledge}; none where they are hidden. */
  async rules(watchlist) {
    const kept = this.#rules.get(watchlist);
    if (kept && Date.now() - kept.at < RULES_MS) return kept.rules;
    const rules = this.api.get(`/casework/watchlists/${encodeURIComponent(watchlist)}`)
      .catch(() => {
        this.#rules.delete(watchlist); // asked for again next time
        return { two_person: false, sound: false, must_acknowledge: false };
      });
    this.#rules.set(watchlist, { at: Date.now(), rules });
    return rules;
  }

  async #load() {
    try {
      const page = await this.api.page("/alerts", { query: { state: "unreviewed", held: false }, limit: SHOWN });
      const found = page.items.filter((one) => one.work === "new");
      this.#waiting = new Map(found.map((one) => [one.alert_id, one]));
      for (const one of found) {
        if (this.#begun) this.#announce(one);
        else this.#told.add(one.alert_id);
      }
      this.#begun = true;
      this.#complete = page.next === null;
      this.#draw();
    } catch {
      // The queue itself says what is wrong.
    }
  }

  #take(alert) {
    // Nobody is called for what looks like a picture; if it is let go, it comes here as a new one.
    if (alert.work === "new" && alert.state === "unreviewed" && !alert.held) {
      this.#waiting.set(alert.alert_id, alert);
      this.#announce(alert);
    } else this.#waiting.delete(alert.alert_id);
    this.#draw();
  }

  /** Say once that there is an alert, whether the stream or the list has told of it first. */
  async #announce(alert) {
    if (this.#told.has(alert.alert_id)) return;
    this.#told.add(alert.alert_id);
    announce(`New alert: candidate ${alert.subject.name}, ${alert.camera.name}, similarity ${similarity(alert.similarity)}`);
    if ((await this.rules(alert.watchlist)).sound) this.#chime.ring();
  }

  async #draw() {
    const n = this.#waiting.size;
    const many = `${n}${this.#complete ? "" : "+"}`;
    this.badge.hidden = n === 0;
    fill(this.badge, h("strong", null, many), " new");
    this.badge.setAttribute("aria-label", `${many} alerts that nobody has acknowledged`);
    const rules = await Promise.all([...this.#waiting.values()].map((one) => this.rules(one.watchlist)));
    const must = [...this.#waiting.values()].filter((_, index) => rules[index].must_acknowledge);
    const silent = this.#chime.blocked && rules.some((one) => one.sound);
    this.bar.hidden = must.length === 0 && !silent;
    fill(this.bar, silent && h("button", { type: "button", onclick: () => this.#chime.unblock().then(() => this.#draw()) }, "Turn the sound on"),
      must.length > 0 && this.#first(must));
  }

  #first(must) {
    const oldest = must.at(-1);
    const done = async (event) => {
      const button = event.currentTarget;
      button.disabled = true;
      try {
        await this.acknowledge(oldest.alert_id);
      } catch (error) {
        toast(inShort(error), { kind: "bad" });
        button.disabled = false;
      }
    };
    const words = must.length === 1 ? "An alert waits to be acknowledged" : `${must.length} alerts wait to be acknowledged`;
    return h("p", null, h("span", null, h("strong", null, words), ": ", said(oldest.subject.name), ", ", said(oldest.camera.name)),
      h("a.button", { href: href("alerts", [oldest.alert_id]) }, "Look"),
      this.session.may("alert.review") && h("button.primary", { type: "button", onclick: done }, "Acknowledge"));
  }
}
