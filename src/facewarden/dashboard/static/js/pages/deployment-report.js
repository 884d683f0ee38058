// What a deployment did, in figures and plots; nothing in it names a person.

import { h, said } from "../dom.js";
import { figure } from "../words.js";
import { facts, section } from "../parts/facts.js";
import { plainTable } from "../parts/plain-table.js";
import { shares, stackedBars } from "../parts/plot.js";

/** Draw a report as GET /deployments/ID/report gives it. */
export function deploymentReport(one) {
  return section(
    "What it did",
    facts([
      ["Watched", hours(one.watched_s)],
      ["Without pictures", hours(one.down_s)],
      ["Looked for", `${one.looked_for.toLocaleString()} subjects`],
      ["Faces", one.faces.toLocaleString()],
      ["Passages", one.tracks.toLocaleString()],
      ["Alerts", one.alerts.toLocaleString()],
      ["Confirmed", one.confirmed.toLocaleString()],
      ["Rejected", one.rejected.toLocaleString()],
      ["Open", one.open.toLocaleString()],
      ["Held, since a picture may have been shown", one.held ? one.held.toLocaleString() : null],
      ["False alerts expected", figure(one.expected_false)],
      ["False alerts per face seen", one.false_per_face === null ? "not known" : figure(one.false_per_face)],
      ["Time to review, half within", one.time_to_review.p50 === null ? "–" : `${figure(one.time_to_review.p50)} s`],
      ["Time to review, 95 % within", one.time_to_review.p95 === null ? "–" : `${figure(one.time_to_review.p95)} s`],
      ["Escalated", one.escalated.toLocaleString()],
      ["Reopened", one.reopened.toLocaleString()],
    ]),
    h(
      "div.two",
      null,
      stackedBars(
        "Alerts by watchlist",
        one.lists.map((list) => ({
          label: list.watchlist,
          parts: [
            { name: "confirmed", value: list.confirmed, kind: "confirmed" },
            { name: "rejected", value: list.rejected, kind: "rejected" },
            { name: "open", value: list.open, kind: "open" },
          ],
        })),
      ),
      shares("Shares, with 95 % intervals", [
        share("True of judged alerts", one.true_per_judged_alert),
        share("False of judged alerts", one.false_per_judged_alert),
        share("False of passages", one.false_per_track),
      ]),
    ),
    one.false_alerts_by.filter((by) => by.groups.length).map((by) =>
      plainTable({
        caption: `False alerts by ${by.attribute}`,
        shown: true,
        columns: [
          { title: "Group", cell: (group) => said(group.group) },
          { title: "Subjects", class: "figure", cell: (group) => group.subjects },
          { title: "False alerts", class: "figure", cell: (group) => group.false_alerts },
        ],
        items: by.groups,
      }),
    ),
    Object.keys(one.deleted).length > 0 && facts([["Deleted at its end", Object.entries(one.deleted).map(([table, rows]) => `${rows} ${table}`).join(", ")], ["SHA-256 of the certificate", one.certificate_sha256 && h("code", null, one.certificate_sha256)]]),
  );
}

function share(label, { value, low, high, events, trials }) {
  return { label, value, low, high, words: `${events} of ${trials}` };
}

function hours(seconds) {
  return seconds < 3600 ? `${figure(seconds / 60)} min` : `${figure(seconds / 3600)} h`;
}
