// What people did with an alert, and where it was delivered.

import { h, said } from "../dom.js";
import { time } from "../words.js";
import { didWhat } from "./labels.js";

const SAME_MS = 2000; // a verdict and its entry in the history are written together

/** Everything that was done, oldest first; verdicts of the command line stand in `verdicts` only. */
export function history(events, verdicts) {
  const told = events.map((one) => ({ at: one.at, actor: one.actor, did: didWhat(one.action), to: one.assignee, text: one.text }));
  for (const one of verdicts) {
    const twin = told.some((event) => event.actor === one.reviewer && Math.abs(new Date(event.at) - new Date(one.reviewed_at)) < SAME_MS);
    if (!twin) {
      const did = { confirmed: "confirmed the candidate", rejected: "rejected the candidate", unreviewed: "opened it again" }[one.state];
      told.push({ at: one.reviewed_at, actor: one.reviewer, did, to: "", text: one.reason });
    }
  }
  told.sort((a, b) => new Date(a.at) - new Date(b.at));
  if (told.length === 0) return h("p.empty", null, "Nobody has done anything with it yet.");
  return h("ol.history", null, told.map((one) => h("li", null,
    h("p", null, h("strong", null, said(one.actor)), ` ${one.did}`, one.to && [" to ", h("strong", null, said(one.to))], " · ", time(one.at)),
    one.text && h("blockquote", null, said(one.text)))));
}

/** Where the alert went. */
export function deliveries(list) {
  if (list.length === 0) return h("p.empty", null, "It was not sent anywhere.");
  return h("ul.deliveries", null, list.map((one) => h("li", null,
    one.delivered_at
      ? h("span.tag.good", null, h("span", { "aria-hidden": "true" }, "✓"), "delivered")
      : h("span.tag.warn", null, h("span", { "aria-hidden": "true" }, "…"), "waiting"),
    " ", said(one.sink), ` · revision ${one.revision} · `, one.delivered_at ? time(one.delivered_at) : `${one.attempts} ${one.attempts === 1 ? "attempt" : "attempts"}`,
    one.problem && !one.delivered_at && h("span.quiet", null, ` · ${one.problem}`))));
}

/** The tracks that the alert covers. */
export function tracks(sightings) {
  if (sightings.length === 0) return h("p.empty", null, "No tracks are kept any more.");
  return h("div.table-scroll", { tabindex: "0", role: "region", "aria-label": "Tracks" }, h("table", null, h("caption.unseen", null, "Tracks that this alert covers"),
    h("thead", null, h("tr", null, ["From", "To", "Similarity", "Looks"].map((title, index) => h("th", { scope: "col", class: index > 1 ? "figure" : null }, title)))),
    h("tbody", null, sightings.map((one) => h("tr", null,
      h("td", null, time(one.first_seen_at)), h("td", null, time(one.last_seen_at)),
      h("td.figure", null, one.similarity.toFixed(3)), h("td.figure", null, one.looks))))));
}
