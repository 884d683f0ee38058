// How far long work is: followed until it ends, with what became of each photograph.

import { fill, h, said } from "../dom.js";
import { problemBox } from "../problem.js";
import { href } from "../router.js";
import { announce } from "../toast.js";
import { time } from "../words.js";
import { badge } from "./facts.js";

const EVERY_MS = 1000;
const STATES = { waiting: ["waiting", "info"], running: ["running", "info"], done: ["done", "good"], failed: ["failed", "bad"], cancelled: ["cancelled", "warn"] };
const OUTCOMES = { added: ["added", "good"], "already there": ["already there", ""], refused: ["refused", "bad"] };

/** Follow a job; a lost connection is waited for. */
export function jobProgress({ api, signal, job, onend = () => {} }) {
  const root = h("div.job");
  let timer = 0;
  let open = false;
  signal.addEventListener("abort", () => clearTimeout(timer));
  show(job);
  if (!job.ended_at) follow();

  function follow() {
    timer = setTimeout(async () => {
      try {
        job = await api.get(`/jobs/${job.job_id}`, { signal });
        show(job);
        if (job.ended_at) {
          announce(`${job.kind} ${job.state}`);
          onend(job);
          return;
        }
      } catch (error) {
        if (error.name === "AbortError") return;
        if (!error.lost) {
          root.append(error.status === 404 ? h("p.warning", null, "The server was started anew: what was done stays, the rest is to be sent again.") : problemBox(error));
          return;
        }
      }
      follow();
    }, EVERY_MS);
  }

  async function cancel() {
    try {
      await api.delete(`/jobs/${job.job_id}`, "", { signal });
    } catch (error) {
      root.append(problemBox(error));
    }
  }

  function show(one) {
    open = root.querySelector("details")?.open ?? open;
    const share = one.total ? one.done / one.total : null;
    const counts = Object.entries(one.counts).map(([name, n]) => `${n} ${name}`).join(", ");
    const focused = root.contains(document.activeElement) && document.activeElement.textContent;
    fill(
      root,
      h("p.row", null, badge(...STATES[one.state]), h("strong", null, one.kind), one.total ? h("span", null, `${one.done} of ${one.total}`) : null, h("span.quiet", null, "begun ", time(one.made_at))),
      one.ended_at ? null : h("progress", { max: 1, value: share ?? 0, "aria-label": `${one.kind}, ${one.done} of ${one.total}` }),
      counts && h("p", null, counts),
      one.problem && h("p.warning", null, one.problem),
      one.rows.length > 0 && h("details", { open }, h("summary", null, "What became of each photograph"), rows(one)),
      !one.ended_at && h("div.row", null, h("button", { type: "button", onclick: cancel }, "Stop")),
    );
    if (focused) [...root.querySelectorAll("button, summary")].find((found) => found.textContent === focused)?.focus();
  }

  return root;
}

function rows(job) {
  const worst = [...job.rows].sort((a, b) => (b.outcome === "refused") - (a.outcome === "refused") || b.warnings.length - a.warnings.length);
  return h(
    "ul.plain-list.job-rows",
    null,
    worst.map((row) =>
      h(
        "li",
        null,
        badge(...(OUTCOMES[row.outcome] ?? [row.outcome, ""])),
        " ",
        row.subject_id ? h("a", { href: href("subjects", [row.subject_id]) }, said(row.name || row.label)) : said(row.name || row.label),
        h("span.quiet", null, " ", said(row.label)),
        row.reason && h("p.help", null, said(row.reason)),
        row.warnings.map((one) => h("p.warning", null, said(one))),
      ),
    ),
  );
}
