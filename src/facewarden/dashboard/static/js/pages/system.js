// The system: how its parts are, the models in use, long work.

import { fill, h, said } from "../dom.js";
import { problemBox } from "../problem.js";
import { time } from "../words.js";
import { badge, facts, section } from "../parts/facts.js";
import { plainTable } from "../parts/plain-table.js";
import { jobProgress } from "../parts/job-progress.js";

const SHOWN = 10;
const COLUMNS = [
  { title: "Model", cell: (one) => one.model_id },
  { title: "Kind", cell: (one) => one.kind },
  { title: "In use", cell: (one) => (one.in_use ? badge("in use", "good") : "–") },
  { title: "Budgets", cell: (one) => (one.kind !== "embedder" ? "–" : one.calibrated ? "calibrated" : badge("not calibrated", "warn")) },
  { title: "Licence", cell: (one) => one.licence },
  { title: "SHA-256", cell: (one) => h("code", { title: one.sha256 }, `${one.sha256.slice(0, 16)}…`) },
];

const SINKS = [
  { title: "Sink", cell: (one) => said(one.name) },
  { title: "Kind", cell: (one) => one.type || badge("no longer in the settings", "warn") },
  { title: "State", cell: (one) => (one.waiting === 0 ? badge("nothing waits", "good") : !one.type ? badge("nobody takes it", "bad") : one.last_problem ? badge("fails", "bad") : badge("busy", "warn")) },
  { title: "Waiting", class: "figure", cell: (one) => one.waiting.toLocaleString() },
  { title: "Since", cell: (one) => time(one.waiting_since) },
  { title: "Last delivery", cell: (one) => time(one.last_delivered_at) },
  { title: "Last problem", cell: (one) => said(one.last_problem || "–") },
];

export async function render({ root, api, session, signal, title }) {
  title("System");
  const boxes = { status: h("div"), doctor: h("div"), sinks: h("div"), models: h("div"), jobs: h("div") };
  const health = session.may("health.read");
  fill(
    root,
    h("div.two", null, h("div.pile", null, boxes.status, boxes.doctor), boxes.jobs),
    h("div.pile", null, boxes.sinks, boxes.models),
  );
  // Sinks take the alerts of all lists: they are told to who may see all of them.
  const { watchlists, camera_groups } = session.state;
  const whole = watchlists === null && camera_groups === null;
  await Promise.all([health && status(), health && whole && sinks(), session.may("model.read") && models(), jobs()]);

  async function status() {
    await shown(boxes.status, "Server", async () => {
      const one = await api.get("/status", { signal });
      return facts([
        ["Version", one.version],
        one.deliveries_waiting !== null && ["Deliveries waiting", one.deliveries_waiting.toLocaleString()],
        ["Clients that follow the alerts", one.streams],
        ["Uploads that were no picture, since the start", one.decode_failures],
        ["Jobs under way", one.jobs_running],
      ].filter(Boolean));
    });
    fill(boxes.doctor, section("Check", h("p.help", null, "Loads the models and looks at store and disk; takes seconds the first time."), h("div.row", null, h("button", { type: "button", onclick: doctor }, "Check now"))));
  }

  async function doctor() {
    fill(boxes.doctor, section("Check", h("p.row", null, h("progress", { "aria-label": "Checking" }), "Checking")));
    await shown(boxes.doctor, "Check", async () => {
      const one = await api.get("/doctor", { signal });
      return [
        h("p", null, one.well ? badge("all is well", "good") : badge("something is wrong", "bad")),
        h("ul.plain-list", null, one.checks.map((check) => h("li", null, badge(check.name, check.well ? "good" : "bad"), " ", said(check.words)))),
        h("div.row", null, h("button", { type: "button", onclick: doctor }, "Check again")),
      ];
    });
  }

  async function sinks() {
    await shown(boxes.sinks, "Sinks", async () => {
      const all = await api.get("/sinks", { signal });
      return all.length ? plainTable({ caption: "Sinks", columns: SINKS, items: all }) : h("p.empty", null, "The settings name no sink: alerts are seen here only.");
    });
  }

  async function models() {
    await shown(boxes.models, "Models", async () => {
      const all = await api.get("/models", { signal });
      return plainTable({ caption: "Models", columns: COLUMNS, items: all });
    });
  }

  async function jobs() {
    await shown(boxes.jobs, "Your long work", async () => {
      const all = await api.get("/jobs", { signal });
      if (!all.length) return h("p.empty", null, "Nothing is under way, and nothing ended in the last day.");
      // The list leaves out what became of each photograph.
      const whole = await Promise.all(all.slice(0, SHOWN).map((job) => api.get(`/jobs/${job.job_id}`, { signal })));
      return whole.map((job) => jobProgress({ api, signal, job }));
    });
  }

  async function shown(box, name, make) {
    try {
      fill(box, section(name, await make()));
    } catch (error) {
      if (error.name !== "AbortError") fill(box, section(name, problemBox(error, () => shown(box, name, make))));
    }
  }
}
