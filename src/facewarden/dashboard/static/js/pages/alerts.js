// The alert queue, and beside it the alert that is read.

import { showAlert } from "../alerts/detail.js";
import { Queue } from "../alerts/queue.js";
import { WORK_NAMES } from "../alerts/labels.js";
import { fill, h } from "../dom.js";
import { bindKeys } from "../keys.js";
import { problemBox } from "../problem.js";
import { href } from "../router.js";
import { fromLocalInput, toLocalInput } from "../words.js";

const OPEN_AFTER_MS = 150; // walking past an alert does not read its pictures: that is audited
const NARROW = "(max-width: 899px)"; // as css/pages.css has it
const REVIEWED = ["confirmed", "rejected"];
const OPEN = WORK_NAMES.filter((name) => !REVIEWED.includes(name));

export async function render(place) {
  const { api, events, session, root, query, parts, signal } = place;
  const filter = Object.fromEntries(["work", "watchlist", "camera", "since", "until", "subject", "deployment", "held"].map((name) => [name, query.get(name) ?? ""]));
  const detail = h("section.alert-detail", { "aria-label": "Alert", tabindex: "-1" });
  let reading = null; // {id, leave, alert}
  let timer = null;

  const queue = new Queue({
    signal,
    load: (cursor) => api.page("/alerts", { query: asked(filter, session.login), cursor, limit: 50, signal }),
    wanted: (alert) => fits(filter, alert, session.login),
    open,
  });
  fill(root, filters(place, filter, () => {
    keep();
    queue.reload();
  }), h("div.alerts", null, queue.root, detail));
  nothing();

  events.onAlert(signal, (alert) => {
    queue.take(alert);
    if (reading?.id === alert.alert_id) reading.alert?.told();
  });
  events.onReload(signal, () => queue.refresh());
  addEventListener("resize", size, { signal });
  const bars = new ResizeObserver(size); // a banner that comes or goes moves the panes
  bars.observe(document.querySelector(".head"));
  signal.addEventListener("abort", () => bars.disconnect());

  bindKeys(signal, [
    { key: "j", what: "Next alert", run: () => queue.move(1) },
    { key: "k", what: "Previous alert", run: () => queue.move(-1) },
    ...(session.may("alert.review") ? [
      { key: "a", what: "Acknowledge", run: () => reading?.alert?.run("acknowledge") },
      { key: "c", what: "Confirm", run: () => reading?.alert?.run("confirm") },
      { key: "r", what: "Reject, with a reason", run: () => reading?.alert?.run("reject") },
      { key: "e", what: "Escalate", run: () => reading?.alert?.run("escalate") },
      { key: "h", what: "Hand over", run: () => reading?.alert?.run("handOver") },
      { key: "m", what: "Comment", run: () => reading?.alert?.comment() },
      { key: "u", what: "Undo the verdict", run: () => reading?.alert?.run("reopen") },
    ] : []),
    { key: "/", what: "Filter", run: () => root.querySelector(".filters select").focus() },
    { key: "Escape", what: "Back to the queue", run: close },
  ], "Alerts");

  const first = queue.reload();
  if (parts[0]) open(parts[0]);
  await first;

  function keep(write = "replaceState") {
    history[write](null, "", href("alerts", reading ? [reading.id] : [], filter));
  }

  function open(id) {
    if (reading?.id === id) return;
    reading?.leave.abort();
    const leave = new AbortController();
    signal.addEventListener("abort", () => leave.abort(), { signal: leave.signal });
    const mine = { id, leave, alert: null };
    const walked = reading !== null;
    const alone = matchMedia(NARROW).matches;
    reading = mine;
    // Where the alert takes the queue's place, the browser's Back brings the queue again.
    keep(alone && !walked && parts[0] !== id ? "pushState" : "replaceState");
    queue.select(id, queue.list.contains(document.activeElement));
    root.classList.add("reading");
    const draw = async () => {
      const body = h("div.stack");
      fill(detail, h("div.row.alert-nav", null,
        h("button", { type: "button", class: "back", onclick: close }, "Back to the queue")), body);
      body.setAttribute("aria-busy", "true");
      if (alone) detail.querySelector(".back").focus();
      try {
        const shown = await showAlert({ ...place, signal: leave.signal, onchange: (alert) => queue.take(alert) }, body, id);
        if (reading === mine) {
          mine.alert = shown;
          detail.scrollTop = 0;
        }
      } catch (error) {
        if (reading === mine && error.name !== "AbortError") fill(body, problemBox(error, draw));
      } finally {
        body.removeAttribute("aria-busy");
      }
    };
    clearTimeout(timer);
    timer = setTimeout(draw, walked ? OPEN_AFTER_MS : 0);
  }

  function close() {
    if (!reading) return;
    const { id } = reading;
    reading.leave.abort();
    reading = null;
    queue.select("");
    keep();
    root.classList.remove("reading");
    nothing();
    queue.list.querySelector(`[data-id="${id}"] a`)?.focus();
  }

  function nothing() {
    fill(detail, h("div.alert-none", null, h("p", null, "Choose an alert, or press ", h("kbd", null, "j"), "."),
      h("p.quiet", null, "An alert is a candidate for a human: compare the pictures, then confirm or reject.")));
  }

  /** Both panes end where the window ends. */
  function size() {
    const panes = root.querySelector(".alerts");
    const top = panes.getBoundingClientRect().top + scrollY;
    panes.style.setProperty("--left", `${Math.max(320, innerHeight - top - 16)}px`);
  }
}

/** What the server is asked for; `fits` says the same of an alert that comes by itself. */
function asked({ work, ...others }, login) {
  if (work === "mine") return { ...others, work: OPEN, assignee: login };
  return { ...others, work: work === "open" ? OPEN : work };
}

function fits(filter, alert, login) {
  if (filter.work === "mine") {
    if (alert.assignee !== login || REVIEWED.includes(alert.work)) return false;
  } else if (filter.work === "open") {
    if (REVIEWED.includes(alert.work)) return false;
  } else if (filter.work && alert.work !== filter.work) return false;
  if (filter.watchlist && alert.watchlist !== filter.watchlist) return false;
  if (filter.camera && alert.camera.camera_id !== filter.camera) return false;
  if (filter.held && String(alert.held) !== filter.held) return false;
  if (filter.subject && String(alert.subject.subject_id) !== filter.subject) return false;
  if (filter.since && new Date(alert.raised_at) < new Date(filter.since)) return false;
  return !(filter.until && new Date(alert.raised_at) >= new Date(filter.until));
}

function filters({ api, session, signal }, filter, changed) {
  const choose = (name, label, options) => {
    const select = h("select", { name, onchange: () => {
      filter[name] = select.value;
      changed();
    } }, options.map(([value, words]) => h("option", { value, selected: filter[name] === value }, words)));
    return h("label", null, label, select);
  };
  const moment = (name, label) => {
    const input = h("input", { type: "datetime-local", value: toLocalInput(filter[name]), onchange: () => {
      filter[name] = fromLocalInput(input.value) ?? "";
      changed();
    } });
    return h("label", null, label, input);
  };
  const work = choose("work", "State", [["", "All"], ["open", "Open"], ["mine", "Handed to me"], ...WORK_NAMES.map((name) => [name, name[0].toUpperCase() + name.slice(1)])]);
  const watchlist = choose("watchlist", "Watchlist", [["", "All"], ...(filter.watchlist ? [[filter.watchlist, filter.watchlist]] : [])]);
  const camera = choose("camera", "Camera", [["", "All"], ...(filter.camera ? [[filter.camera, filter.camera]] : [])]);
  const held = choose("held", "Held", [["", "All"], ["true", "Held as a picture"], ["false", "Not held"]]);
  const complete = async (box, name, path, pair) => {
    const select = box.querySelector("select");
    try {
      for await (const item of api.all(path, { signal })) {
        const [value, words] = pair(item);
        if (value !== filter[name]) select.append(h("option", { value }, words));
      }
    } catch {
      // The filter has what it has; the list itself says what is wrong.
    }
  };
  if (session.may("watchlist.read")) complete(watchlist, "watchlist", "/watchlists", (one) => [one.name, one.name]);
  if (session.may("camera.read")) complete(camera, "camera", "/cameras", (one) => [one.id, one.setup.name || one.id]);
  return h("form.filters", { role: "search", "aria-label": "Filter alerts", onsubmit: (event) => event.preventDefault() },
    work, watchlist, camera, held, moment("since", "From"), moment("until", "Before"));
}
