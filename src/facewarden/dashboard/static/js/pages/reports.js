// Reports: what was watched, raised, judged and delivered in a time, with plots.

import { fill, h, said } from "../dom.js";
import { problemBox } from "../problem.js";
import { keepQuery } from "../router.js";
import { figure, fromLocalInput, time, toLocalInput } from "../words.js";
import { download } from "../parts/download.js";
import { badge, facts, section } from "../parts/facts.js";
import { plainTable } from "../parts/plain-table.js";
import { expectedAndFound, stackedBars } from "../parts/plot.js";

const SPANS = [["Last 24 hours", 1], ["Last 7 days", 7], ["Last 30 days", 30]];
const DAY_MS = 86_400_000;

export async function render({ root, api, query, signal, title }) {
  title("Reports");
  const now = Date.now();
  const wanted = { since: query.get("since") || new Date(now - DAY_MS).toISOString(), until: query.get("until") || "" };
  const view = h("div.pile", { "aria-live": "off" });
  const since = h("input", { type: "datetime-local", step: 1, value: toLocalInput(wanted.since), onchange: change });
  const until = h("input", { type: "datetime-local", step: 1, value: toLocalInput(wanted.until), onchange: change });
  fill(
    root,
    h(
      "form.filters",
      { onsubmit: (event) => { event.preventDefault(); show(); } },
      SPANS.map(([words, days]) => h("button", { type: "button", onclick: () => choose(days) }, words)),
      h("label", null, h("span", null, "From"), since),
      h("label", null, h("span", null, "Until (empty: now)"), until),
      h("button.primary", { type: "submit" }, "Show"),
    ),
    view,
  );
  await show();

  function change() {
    wanted.since = fromLocalInput(since.value) ?? wanted.since;
    wanted.until = fromLocalInput(until.value) ?? "";
  }

  function choose(days) {
    wanted.since = new Date(Date.now() - days * DAY_MS).toISOString();
    wanted.until = "";
    since.value = toLocalInput(wanted.since);
    until.value = "";
    show();
  }

  async function show() {
    keepQuery(wanted);
    view.setAttribute("aria-busy", "true");
    try {
      const report = await api.get("/reports/watch", { query: wanted, signal });
      fill(view, drawn(report), actions(report));
    } catch (error) {
      if (error.name !== "AbortError") fill(view, problemBox(error, show));
    } finally {
      view.removeAttribute("aria-busy");
    }
  }

  function actions(report) {
    const page = async () => {
      try {
        const { blob } = await api.blob("/reports/watch.html", { query: wanted, signal });
        download(blob, "facewarden-report.html");
      } catch (error) {
        view.append(problemBox(error));
      }
    };
    return h(
      "div.row",
      null,
      h("button", { type: "button", onclick: page }, "Report as a page"),
      h("button", { type: "button", onclick: () => download(new Blob([`${JSON.stringify(report, null, 2)}\n`], { type: "application/json" }), "facewarden-report.json") }, "Report as JSON"),
    );
  }
}

function drawn(report) {
  const { total } = report;
  const parts = (line) => [
    { name: "confirmed", value: line.confirmed, kind: "confirmed" },
    { name: "rejected", value: line.rejected, kind: "rejected" },
    { name: "open", value: line.open, kind: "open" },
  ];
  return [
    h("p.help", null, "From ", time(report.since, { only: "full" }), " until ", time(report.until, { only: "full" }), "."),
    h(
      "ul.tallies",
      null,
      tile("Alerts", total.alerts.toLocaleString()),
      tile("Confirmed", total.confirmed.toLocaleString()),
      tile("Rejected", total.rejected.toLocaleString()),
      tile("Open", total.open.toLocaleString()),
      tile("Passages", total.tracks.toLocaleString()),
      tile("Faces", total.faces.toLocaleString()),
      tile("Without pictures", total.down_share === null ? "–" : share(total.down_share)),
    ),
    h(
      "div.two",
      null,
      section(
        "False alerts, by both denominators",
        facts([
          ["Of judged alerts", share(total.false_per_alert)],
          ["Of passages", small(total.false_per_track)],
          ["Of faces seen", small(total.false_per_face)],
        ]),
        h("p.help", null, "The first is what somebody who is stopped needs to know, the others what a passer-by does. Open alerts count as neither."),
        report.budgets.length === 0 && h("p.empty", null, "No passage yet to expect anything of."),
        expectedAndFound(
          "False alerts found and expected, by watchlist",
          report.budgets.map((line) => ({
            label: line.watchlist,
            low: line.expected_low,
            high: line.expected_high,
            expected: line.expected_false_alerts,
            found: line.rejected,
            words: `${line.rejected} found, ${line.open} open, ${figure(line.expected_false_alerts)} expected (${line.expected_low} to ${line.expected_high}): ${line.agreement}`,
          })),
        ),
        report.budgets.map((line) => h("p.between", null, said(line.watchlist), badge(line.agreement, line.agreement === "more than expected" ? "warn" : line.agreement === "as expected" ? "good" : ""))),
      ),
      section(
        "How fast",
        latencies([["Seen to decided", total.decided_s], ...Object.entries(total.delivered_s).map(([sink, one]) => [`Decided to ${sink}`, one])]),
      ),
    ),
    report.watchlists.length > 0 && section("Alerts by camera and watchlist", stackedBars("Alerts", report.watchlists.map((line) => ({ label: `${line.camera}, ${line.watchlist}`, parts: parts(line) })))),
    total.presentation.asked > 0 && section(
      "Living people and pictures",
      presentations(report.watchlists.filter((line) => line.presentation.asked > 0)),
      h("p.help", null, "What presentation attack detection said of alerts, where the watchlist asks; it errs both ways. Held alerts were told to no sink, and are counted among the alerts above."),
    ),
    section("Cameras", report.cameras.length ? cameras(report.cameras) : h("p.empty", null, "No camera was watched in this time.")),
  ];
}

function tile(name, value) {
  return h("li.panel.tally", null, h("span.tally-value", null, value), h("span.quiet", null, name));
}

function cameras(lines) {
  const number = (title, cell) => ({ title, class: "figure", cell });
  const counted = (title, name) => number(title, (line) => line[name].toLocaleString());
  return plainTable({
    caption: "Cameras",
    columns: [
      { title: "Camera", cell: (line) => said(line.camera) },
      number("Watched", (line) => `${figure(line.watched_s / 3600)} h`),
      number("Without pictures", (line) => share(line.down_share)),
      counted("Analysed", "frames_analysed"),
      counted("Dropped", "frames_dropped"),
      counted("Faces", "faces"),
      counted("Passages", "tracks"),
      counted("Alerts", "alerts"),
      counted("Held back", "rejected_before"),
    ],
    items: lines,
  });
}

function presentations(lines) {
  const counted = (title, name) => ({ title, class: "figure", cell: (line) => line.presentation[name].toLocaleString() });
  return plainTable({
    caption: "Living people and pictures",
    columns: [
      { title: "Camera", cell: (line) => said(line.camera) },
      { title: "Watchlist", cell: (line) => said(line.watchlist) },
      counted("Asked", "asked"),
      counted("Living", "bona_fide"),
      counted("Pictures", "attacks"),
      counted("Not settled", "unsettled"),
      counted("Not assessed", "not_assessed"),
      counted("Held", "held"),
      counted("Held, confirmed", "held_confirmed"),
      counted("Held, rejected", "held_rejected"),
      counted("Held, open", "held_open"),
    ],
    items: lines,
  });
}

function latencies(rows) {
  if (!rows.some(([, one]) => one.count)) return h("p.empty", null, "No alert in this time.");
  const number = (title, cell) => ({ title, class: "figure", cell: ([, one]) => cell(one) });
  return plainTable({
    caption: "How fast",
    columns: [
      { title: "Step", cell: ([name]) => said(name) },
      number("Alerts", (one) => one.count),
      number("Half within", (one) => seconds(one.p50)),
      number("95 % within", (one) => seconds(one.p95)),
      number("99 % within", (one) => seconds(one.p99)),
    ],
    items: rows,
  });
}

function seconds(value) {
  return value === null ? "–" : value < 1 ? `${figure(value * 1000)} ms` : `${figure(value)} s`;
}

function share(value) {
  return value === null || value === undefined ? "not known" : `${figure(100 * value)}\u00a0%`;
}

function small(value) {
  if (value === null || value === undefined) return "not known";
  return value === 0 ? "none" : `1 in ${Math.round(1 / value).toLocaleString()}`;
}
