// Forensic look-ups: a photograph against the watchlists, on somebody's authority; urgent ones wait
// for a second person.

import { ask, openDialog } from "../dialog.js";
import { fill, h, newId, said, svg } from "../dom.js";
import { form } from "../form.js";
import { problemBox } from "../problem.js";
import { go, href, keepQuery } from "../router.js";
import { table } from "../table.js";
import { toast } from "../toast.js";
import { similarity, time } from "../words.js";
import { dropZone } from "../parts/drop-zone.js";
import { badge, facts, section } from "../parts/facts.js";
import { watchlistNames } from "../parts/known.js";
import { plainTable } from "../parts/plain-table.js";

const STATES = { authorised: ["authorised", "good"], pending: ["waits for a second person", "warn"], locked: ["locked", "bad"], refused: ["refused", "bad"] };

export async function render(place) {
  const { parts } = place;
  if (parts[0] === "new") return search(place);
  if (parts.length) return one(place, parts[0]);
  return list(place);
}

async function list({ root, api, query, signal, title }) {
  const wanted = { state: query.get("state") ?? "" };
  title("Look-ups", h("a.button.primary", { href: href("lookups", ["new"]) }, "Look a face up"));
  const found = table({
    caption: "Look-ups",
    columns: [
      { title: "Asked", cell: (one) => time(one.requested_at, { only: "full" }) },
      { title: "By", cell: (one) => said(one.requested_by) },
      { title: "Purpose", cell: (one) => said(one.purpose) },
      { title: "Authorisation", cell: (one) => (one.reference ? said(one.reference) : "none yet") },
      { title: "State", cell: (one) => [badge(...STATES[one.state]), one.state === "pending" && h("small.block", null, "until ", time(one.authorise_before, { only: "full" }))] },
    ],
    link: (one) => href("lookups", [one.lookup_id]),
    load: (cursor) => api.page("/lookups", { query: wanted, cursor, signal }),
    empty: "No look-up.",
  });
  fill(
    root,
    h(
      "div.filters",
      null,
      h(
        "label",
        null,
        h("span", null, "State"),
        h(
          "select",
          { onchange: (event) => { wanted.state = event.target.value; keepQuery(wanted); found.reload(); } },
          h("option", { value: "" }, "All"),
          Object.entries(STATES).map(([state, [words]]) => h("option", { value: state, selected: state === wanted.state }, words)),
        ),
      ),
    ),
    found,
  );
}

async function search({ root, api, session, signal, title }) {
  title("Look a face up");
  const lists = await watchlistNames(api, session, signal);
  const preview = h("div");
  const answer = h("div");
  let file = null;
  const missing = h("p.invalid", { hidden: true, role: "alert" }, "Choose the photograph first.");
  const zone = dropZone({
    label: "The photograph to search with",
    hint: "Of the people in it; the search and a small copy of it go into the audit log.",
    multiple: false,
    onfiles: ([given]) => {
      file = given;
      missing.hidden = true;
      const address = URL.createObjectURL(given);
      signal.addEventListener("abort", () => URL.revokeObjectURL(address), { once: true });
      fill(preview, h("img.lookup-picture", { src: address, alt: "The photograph to search with" }), h("p.help", null, said(given.name)));
    },
  });
  fill(
    root,
    h(
      "div.two",
      null,
      section("Photograph", zone, missing, preview),
      section(
        "On whose authority",
        form({
          fields: [
            { name: "reference", label: "Reference of the authorisation", help: "Such as a warrant's number. Only an urgent search may go without.", attributes: { maxlength: 200, autocomplete: "off" } },
            { name: "purpose", label: "Purpose", type: "textarea", required: true, attributes: { maxlength: 4000, rows: 2 } },
            { name: "legal_basis", label: "Legal basis", type: "textarea", required: true, attributes: { maxlength: 4000, rows: 2 } },
            { name: "urgent", label: "Urgent: not authorised yet", type: "checkbox", help: "A second person must authorise it within 48 hours, or its result is locked and that is reported." },
            { name: "watchlists", label: "Watchlists", type: "checks", options: lists, help: "None chosen: all that you may see." },
          ],
          action: "Search",
          submit: async (given) => {
            missing.hidden = file !== null;
            if (!file) return;
            const image = await base64(file);
            const found = await api.post("/search", { image, ...given }, { signal });
            showFound(found, preview.querySelector("img")?.src);
          },
        }),
      ),
    ),
    answer,
  );

  function showFound(found, address) {
    fill(
      answer,
      section(
        "What was found",
        h("p.note", null, "A candidate is somebody to be compared by a human, nothing more. ", h("a", { href: href("lookups", [found.lookup_id]) }, `Look-up ${found.lookup_id}`), " keeps it."),
        foundFaces(found, address, session),
      ),
    );
    answer.querySelector("h2").tabIndex = -1;
    answer.querySelector("h2").focus();
  }
}

async function one({ root, api, session, signal, title }, id) {
  const path = `/lookups/${id}`;
  const lookup = await api.get(path, { signal });
  const result = h("div");
  const trouble = h("div");
  const own = lookup.requested_by === session.login;
  const decides = lookup.state === "pending" && !own && session.may("deployment.authorise");
  title(`Look-up ${id}`, badge(...STATES[lookup.state]));
  fill(
    root,
    trouble,
    h(
      "div.two",
      null,
      section(
        "On whose authority",
        facts([
          ["Asked by", said(lookup.requested_by)],
          ["Asked", time(lookup.requested_at, { only: "full" })],
          ["Reference", lookup.reference && said(lookup.reference)],
          ["Purpose", h("span.prose", null, said(lookup.purpose))],
          ["Legal basis", h("span.prose", null, said(lookup.legal_basis))],
          ["Watchlists", lookup.watchlists.join(", ")],
          ["Urgent", lookup.urgent ? "yes" : "no"],
          ["To be authorised before", lookup.authorise_before && time(lookup.authorise_before, { only: "full" })],
          [lookup.state === "refused" ? "Refused by" : "Authorised by", lookup.authorised_by && [said(lookup.authorised_by), ", ", time(lookup.authorised_at, { only: "full" })]],
          ["Why it was refused", lookup.refusal && h("span.prose", null, said(lookup.refusal))],
          ["Entry in the audit log", lookup.audit_position],
        ]),
        lookup.state === "pending" && own && h("p.note", null, "Somebody else must authorise it in time, or its result is locked."),
        decides && h("div.row", null, h("button.primary", { type: "button", onclick: authorise }, "Authorise"), h("button.danger", { type: "button", onclick: refuse }, "Refuse")),
      ),
      section("Result", result),
    ),
  );
  if (["locked", "refused"].includes(lookup.state)) fill(result, h("p.empty", null, lookup.state === "locked" ? "Locked: nobody authorised it in time." : "Deleted: it was refused."));
  else fill(result, h("p.help", null, "That you read it is audited."), h("div.row", null, h("button", { type: "button", onclick: show }, "Show the result")));

  async function show() {
    try {
      const { found } = await api.get(`${path}/result`, { signal });
      fill(result, foundFaces(found, null, session));
    } catch (error) {
      fill(result, error.status === 404 ? h("p.empty", null, "It has no result: the search did not end.") : problemBox(error, show));
    }
  }

  async function authorise() {
    const id = newId("reference");
    const reference = h("input", { id, maxlength: 200, autocomplete: "off", dir: "auto", value: lookup.reference });
    const done = await openDialog({
      title: "Authorise this look-up?",
      signal,
      body: [h("p", null, "Your name stands beside that of ", said(lookup.requested_by), "."), h("div.field", null, h("label", { for: id }, "Reference of the authorisation"), reference)],
      actions: [
        { label: "Cancel", value: null },
        { label: "Authorise", primary: true, run: () => api.post(`${path}/authorise`, { reference: reference.value.trim() }, { signal }) },
      ],
    });
    if (done) again("Authorised.");
  }

  async function refuse() {
    const done = await ask({
      title: "Refuse this look-up?",
      text: "Its result is deleted at once.",
      action: "Refuse",
      danger: true,
      reason: { label: "Why" },
      signal,
      run: (reason) => api.post(`${path}/refuse`, { reason }, { signal }),
    });
    if (done !== null) again("Refused; its result is deleted.");
  }

  function again(words) {
    toast(words);
    go("lookups");
  }
}

function foundFaces(found, address, session) {
  if (!found.faces.length) return h("p.empty", null, "No face that can be compared is in it.");
  const { width_px: width, height_px: height } = found;
  return h(
    "div.pile",
    null,
    address &&
      h(
        "div.lookup-stage",
        null,
        h("img", { src: address, alt: "" }),
        svg(
          "svg",
          { viewBox: `0 0 ${width} ${height}`, class: "lookup-boxes", "aria-hidden": "true" },
          found.faces.map(({ box: [x1, y1, x2, y2] }, at) => [
            svg("rect", { x: x1, y: y1, width: x2 - x1, height: y2 - y1, class: "lookup-box" }),
            svg("text", { x: x1, y: Math.max(y1 - 6, height / 24), class: "lookup-number", "font-size": height / 22 }, at + 1),
          ]),
        ),
      ),
    found.faces.map((face, at) =>
      h(
        "section.lookup-face",
        { "aria-label": `Face ${at + 1}` },
        h("h3", null, `Face ${at + 1} from the left`),
        face.candidates.length === 0
          ? h("p.empty", null, "Like nobody on these lists.")
          : plainTable({ caption: `Candidates of face ${at + 1}`, columns: candidateColumns(session), items: face.candidates }),
      ),
    ),
  );
}

function candidateColumns(session) {
  const named = (one) => (session.may("subject.read") && one.name ? h("a", { href: href("subjects", [one.subject_id]) }, said(one.name)) : said(one.name || `subject ${one.subject_id}, removed since`));
  return [
    { title: "Subject", cell: (one) => [named(one), one.external_reference && h("small.block", null, said(one.external_reference))] },
    { title: "Watchlist", cell: (one) => said(one.watchlist) },
    { title: "Similarity", class: "figure", cell: (one) => similarity(one.similarity) },
    { title: "Needed", class: "figure", cell: (one) => similarity(one.threshold) },
    { title: "By the watch's rule", cell: (one) => badge(one.judgement, one.judgement === "candidate" ? "warn" : "") },
  ];
}

/** A file as base64, read by the browser. */
function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
