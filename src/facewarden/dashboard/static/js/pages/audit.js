// The audit log: who did what, when, from where and why; checked, exported, noted elsewhere.

import { openDialog } from "../dialog.js";
import { fill, h, said } from "../dom.js";
import { picture } from "../picture.js";
import { problemBox } from "../problem.js";
import { keepQuery } from "../router.js";
import { table } from "../table.js";
import { fromLocalInput, time, toLocalInput } from "../words.js";
import { download } from "../parts/download.js";
import { badge, facts, section } from "../parts/facts.js";

const FILTERS = [
  ["actor", "Who", "the login"],
  ["action", "What", "subject.add, or subject"],
  ["object", "Of what", "subject:17, or subject"],
];
const TIMES = [["since", "From"], ["until", "Until"]];

export async function render({ root, api, query, session, signal, title }) {
  title("Audit", h("button.primary", { type: "button", onclick: check }, "Check the chain"), h("button", { type: "button", onclick: () => exported({}, "audit.jsonl") }, "Export the whole log"), h("button", { type: "button", onclick: note }, "Note the head now"));
  const outcome = h("div", { role: "status" });
  const names = [...FILTERS, ...TIMES].map(([name]) => name);
  const wanted = Object.fromEntries(names.map((name) => [name, query.get(name) ?? ""]));
  const entries = table({
    caption: "Entries of the audit log, the newest first",
    columns: [
      { title: "No.", class: "figure", cell: (one) => one.position },
      { title: "When", cell: (one) => time(one.at, { only: "full" }) },
      { title: "Who", cell: (one) => said(one.actor || "facewarden") },
      { title: "What", cell: (one) => h("code", null, one.action) },
      { title: "Of", cell: (one) => h("code", null, one.object) },
      { title: "From", cell: (one) => one.origin || "this server" },
      { title: "Why", cell: (one) => one.purpose || "–" },
      { title: "More", cell: (one) => h("button", { type: "button", "aria-label": `More of entry ${one.position}`, onclick: () => more(one) }, "More") },
    ],
    load: (cursor) => api.page("/audit", { cursor, query: wanted, signal }),
    empty: "There is no such entry.",
  });
  const receipts = table({
    caption: "Where the head of the log was noted",
    columns: [
      { title: "When", cell: (one) => time(one.at, { only: "full" }) },
      { title: "Entry", class: "figure", cell: (one) => one.head.position },
      { title: "How", cell: (one) => one.method },
      { title: "Where", cell: (one) => said(one.target) },
      { title: "Receipt", cell: (one) => h("code.address", null, one.receipt || "–") },
    ],
    load: (cursor) => api.page("/audit/receipts", { cursor, signal }),
    empty: "Never yet. The settings name places (file, MQTT, HTTP); without one, nobody can tell whether the newest entries were cut off.",
  });
  const inputs = Object.fromEntries([
    ...FILTERS.map(([name, , hint]) => [name, h("input", { value: wanted[name], maxlength: 200, placeholder: hint, autocapitalize: "none", spellcheck: "false" })]),
    ...TIMES.map(([name]) => [name, h("input", { type: "datetime-local", step: 1, value: toLocalInput(wanted[name]) })]),
  ]);
  fill(
    root,
    outcome,
    section(
      "Entries",
      h(
        "form.filters",
        { role: "search", onsubmit: show },
        [...FILTERS, ...TIMES].map(([name, label]) => h("label", null, h("span", null, label), inputs[name])),
        h("button.primary", { type: "submit" }, "Show"),
        h("button", { type: "button", onclick: everything }, "Show all"),
        h("button", { type: "button", onclick: () => exported(wanted, "audit-extract.jsonl") }, "Export these"),
      ),
      entries,
    ),
    section("Noted elsewhere", receipts),
  );

  function show(event) {
    event.preventDefault();
    for (const [name] of FILTERS) wanted[name] = inputs[name].value.trim();
    for (const [name] of TIMES) wanted[name] = fromLocalInput(inputs[name].value) ?? "";
    keepQuery(wanted);
    entries.reload();
  }

  function everything(event) {
    for (const input of Object.values(inputs)) input.value = "";
    show(event);
  }

  async function check() {
    fill(outcome, h("p.row", null, h("progress", { "aria-label": "Checking" }), "Checking every entry"));
    try {
      const found = await api.post("/audit/check", {}, { signal });
      fill(
        outcome,
        found.intact
          ? h("p.note", null, badge("intact", "good"), ` ${found.entries.toLocaleString()} entries follow each other without a break. ${found.compared ? `Compared with ${found.compared} notes kept elsewhere.` : "Nothing was noted elsewhere to compare with: a tail that was cut off would not show."}`)
          : h("div.problem", { role: "alert" }, h("p.what", null, `The log is not what it was: ${found.broken} at entry ${found.broken_at}.`), h("p", null, found.explained), h("p.remedy", null, "Keep a copy of the store and tell whoever is responsible for data protection.")),
        h("p.help", null, "Head: entry ", found.head.position, ", ", h("code.address", null, found.head.hash)),
      );
    } catch (error) {
      fill(outcome, problemBox(error, check));
    }
  }

  /** Without filters it is the whole log with its chain; with them an extract. */
  async function exported(filters, name) {
    const whole = !Object.values(filters).some(Boolean);
    try {
      const { blob } = await api.blob("/audit/export", { query: filters, signal });
      download(blob, whole ? "audit.jsonl" : name);
      entries.reload();
    } catch (error) {
      fill(outcome, problemBox(error));
    }
  }

  async function note() {
    try {
      const { places } = await api.post("/audit/note", undefined, { signal });
      fill(
        outcome,
        places.length
          ? h("ul.plain-list", null, places.map((one) => h("li", null, one.problem ? badge("failed", "bad") : badge("noted", "good"), ` ${one.method} `, said(one.target), ` entry ${one.position}. `, one.problem)))
          : h("p.warning", null, "The settings name no place to note it at (audit)."),
      );
      receipts.reload();
    } catch (error) {
      fill(outcome, problemBox(error));
    }
  }

  function more(one) {
    const body = h("div.pile");
    const details = facts([
      ["Entry", one.position],
      ["When", time(one.at, { only: "full" })],
      ["Who", said(one.actor || "facewarden")],
      ["What", one.action],
      ["Of", one.object],
      ["From", one.origin],
      ["Why", one.purpose],
      ...Object.entries(one.details).map(([name, value]) => [name, typeof value === "string" ? said(value) : h("code", null, JSON.stringify(value))]),
      ["Hash", h("code.address", null, one.hash)],
    ]);
    const show = () => fill(body, details, picture(api, `/audit/${one.position}/picture`, { alt: "What was searched with", signal }));
    fill(body, details, one.has_picture && session.may("lookup.run") && h("div.row", null, h("button", { type: "button", onclick: show }, "Show what was searched with"), h("span.help", null, "That you looked is audited.")));
    return openDialog({ title: `Entry ${one.position}`, wide: true, signal, body, actions: [{ label: "Close", value: null, primary: true }] });
  }
}
