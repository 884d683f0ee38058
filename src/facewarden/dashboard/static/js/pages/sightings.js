// Where and when a subject was seen: on a map of the cameras, on a time line, and as a list.

import { fill, h, said } from "../dom.js";
import { go, href, keepQuery } from "../router.js";
import { count, fromLocalInput, similarity, time, toLocalInput } from "../words.js";
import { cameraMap } from "../parts/camera-map.js";
import { section } from "../parts/facts.js";
import { allCameras } from "../parts/known.js";
import { plainTable } from "../parts/plain-table.js";
import { subjectPicker } from "../parts/subject-picker.js";
import { timeLine } from "../parts/time-line.js";

const MOST = 1000;

export async function render({ root, api, session, parts, query, signal, title }) {
  if (!parts.length) {
    fill(
      root,
      section(
        "Whose sightings?",
        h("p.help", null, "That you looked is audited."),
        session.may("subject.read")
          ? subjectPicker({ api, signal, onpick: (one) => one && go("sightings", [one.subject_id]) })
          : h("p.empty", null, "Subjects are not for you to see."),
      ),
    );
    return;
  }
  const subjectId = parts[0];
  const wanted = { since: query.get("since") ?? "", until: query.get("until") ?? "" };
  const [cameras, subject] = await Promise.all([
    allCameras(api, session, signal),
    session.may("subject.read") ? api.get(`/subjects/${subjectId}`, { signal }) : null,
  ]);
  const names = new Map(cameras.map((one) => [one.id, one.setup.name || one.id]));
  const named = (id) => names.get(id) ?? id;
  title(subject ? `Sightings of ${subject.details.name}` : "Sightings", h("a.button", { href: href("subjects", [subjectId]) }, "The subject"), h("a.button", { href: href("sightings") }, "Somebody else"));
  const view = h("div.pile");
  const columns = [
    { title: "First seen", cell: (one) => time(one.first_seen_at, { only: "full" }) },
    { title: "Last seen", cell: (one) => time(one.last_seen_at, { only: "clock" }) },
    { title: "Camera", cell: (one) => said(named(one.camera_id)) },
    { title: "Watchlist", cell: (one) => said(one.watchlist) },
    { title: "Similarity", class: "figure", cell: (one) => similarity(one.similarity) },
    { title: "Looks", class: "figure", cell: (one) => one.looks },
    { title: "Alert", cell: (one) => (one.alert_id ? h("a", { href: href("alerts", [one.alert_id]) }, "candidate") : "none") },
  ];
  let chosen = "";
  let seen = [];
  let more = false;

  fill(
    root,
    h(
      "form.filters",
      { onsubmit: (event) => { event.preventDefault(); read(); } },
      span("From", "since"),
      span("Until", "until"),
      h("button", { type: "submit" }, "Show"),
    ),
    view,
  );
  await read();

  function span(label, member) {
    return h("label", null, h("span", null, label), h("input", { type: "datetime-local", step: 1, value: toLocalInput(wanted[member]), onchange: (event) => { wanted[member] = fromLocalInput(event.target.value) ?? ""; } }));
  }

  async function read() {
    keepQuery(wanted);
    seen = [];
    more = false;
    for await (const one of api.all("/sightings", { query: { subject: subjectId, ...wanted }, signal })) {
      seen.push(one);
      if (seen.length === MOST) {
        more = true;
        break;
      }
    }
    show();
  }

  function show() {
    if (!seen.length) {
      fill(view, h("p.empty", null, "Not seen in this time."));
      return;
    }
    const shown = chosen ? seen.filter((one) => one.camera_id === chosen) : seen;
    const ids = [...new Set([...seen].reverse().map((one) => one.camera_id))];
    const times = (id) => seen.filter((one) => one.camera_id === id).length;
    fill(
      view,
      more && h("p.warning", null, `The newest ${MOST.toLocaleString()} are shown: choose a shorter time for the others.`),
      section(
        "Map",
        cameraMap({
          label: "Map of the cameras that saw them",
          cameras: cameras.map((one) => ({ id: one.id, name: named(one.id), latitude: one.setup.latitude, longitude: one.setup.longitude, count: times(one.id), words: `seen ${count(times(one.id), "time")}` })),
          path: [...seen].reverse().map((one) => one.camera_id),
          chosen,
          onchoose: (id) => {
            chosen = chosen === id ? "" : id;
            show();
            view.querySelector(`.map-pin[data-id="${CSS.escape(id)}"]`)?.focus();
          },
        }),
      ),
      section(
        "Time line",
        timeLine({
          label: "Time line of sightings by camera",
          rows: ids.map((id) => ({ id, name: named(id) })),
          spans: seen.map((one) => ({
            row: one.camera_id,
            from: new Date(one.first_seen_at),
            to: new Date(one.last_seen_at),
            words: `${named(one.camera_id)}, ${new Date(one.first_seen_at).toLocaleString()} to ${new Date(one.last_seen_at).toLocaleTimeString()}, similarity ${similarity(one.similarity)}${one.alert_id ? ", with an alert" : ""}`,
            href: one.alert_id && session.may("alert.read") ? href("alerts", [one.alert_id]) : null,
          })),
        }),
      ),
      section(
        chosen ? `Sightings at ${named(chosen)}` : "Sightings",
        chosen && h("div.row", null, h("button", { type: "button", onclick: () => { chosen = ""; show(); } }, "Show all cameras")),
        plainTable({ caption: "Sightings, the latest first", columns, items: shown }),
      ),
    );
  }
}
