// One camera: set up, tried, its areas drawn, its hours set; and how it does.

import { Problem } from "../api.js";
import { openDialog } from "../dialog.js";
import { fill, h, newId, said } from "../dom.js";
import { form, saveMerging } from "../form.js";
import { problemBox } from "../problem.js";
import { go, href } from "../router.js";
import { toast } from "../toast.js";
import { tile } from "../wall/tile.js";
import { figure, time } from "../words.js";
import { facts, section } from "../parts/facts.js";
import { watchlistNames } from "../parts/known.js";
import { regionEditor } from "../parts/region-editor.js";
import { scheduleEditor, scheduleWords } from "../parts/schedule-editor.js";
import { BASIC, FINE, FRESH, flat, whole } from "./camera-fields.js";
import { cameraState, downShare } from "./cameras.js";

const EVERY_MS = 2000;
const MERGED = [
  ...BASIC,
  ...FINE,
  { name: "watchlists", label: "Watchlists" },
  { name: "region", label: "Areas", words: regionWords },
  { name: "schedule", label: "Hours", words: scheduleWords },
];

export async function cameraPage({ root, api, session, signal, title }, id) {
  const fresh = id === "new";
  const path = `/cameras/${encodeURIComponent(id)}`;
  const writes = session.may("camera.write");
  const names = await watchlistNames(api, session, signal);
  let camera = null;
  let etag = "";
  if (!fresh) ({ data: camera, etag } = await api.read(path, { signal }));
  const base = flat(fresh ? FRESH : camera.setup);
  const trial = h("div", { role: "status" });
  const health = h("div");
  const live = h("div");

  title(
    fresh ? "New camera" : camera.setup.name || id,
    !fresh && session.may("live.view") && h("button", { type: "button", onclick: look }, "Look live"),
    !fresh && writes && h("button.danger", { type: "button", onclick: remove }, "Remove"),
  );
  if (!writes) {
    fill(root, h("div.two", null, h("div.pile", null, health, live), shown(camera)));
    return follow();
  }

  const idField = { name: "id", label: "Id", required: true, help: "Unique and for ever: letters, digits, - and _, at most 63.", attributes: { maxlength: 63, pattern: "[A-Za-z0-9][A-Za-z0-9_\\-]{0,62}", autocomplete: "off" } };
  const region = regionEditor({ region: base.region });
  const schedule = scheduleEditor({ schedule: base.schedule });
  const lists = listChoice(names, base.watchlists);
  const fields = form({
    fields: [...(fresh ? [idField] : []), ...BASIC],
    value: base,
    action: fresh ? "Add the camera" : "Save",
    submit: save,
    cancel: () => go("cameras"),
  });
  const fine = form({ fields: FINE, value: base, action: "Save", submit: () => fields.requestSubmit() });
  fine.querySelector(".actions").remove();
  const tryButton = h("button", { type: "button", onclick: test }, "Try it");
  fields.querySelector(".actions").append(tryButton);
  fill(
    root,
    h(
      "div.two",
      null,
      h("div.pile", null, section("Camera", fields, h("p.help", null, "Saves all of this page, areas and hours included."), trial)),
      h(
        "div.pile",
        null,
        !fresh && health,
        live,
        section("Areas", h("p.help", null, "Faces are looked for inside the areas only; without one, everywhere. ", fresh ? "Try the camera to see its picture here." : "Try it to see its picture here; all faces in it are blurred."), region.element),
        section("Hours", schedule.element),
        names.length > 0 && section("Watchlists", lists.element),
        section("Finer settings", h("details", null, h("summary", null, "Detection, motion, connection, recordings"), fine)),
      ),
    ),
  );
  if (!fresh) follow();

  function given() {
    const { id: newName, ...rest } = fields.read();
    return [{ ...rest, ...fine.read(), watchlists: lists.value(), region: region.value(), schedule: schedule.value() }, newName];
  }

  async function save(_, key) {
    const wrong = [...fine.elements].find((one) => !one.validity.valid);
    if (wrong) {
      fine.closest("details").open = true;
      throw new Problem(422, { detail: `${wrong.labels[0].textContent}: ${wrong.validationMessage}` });
    }
    const [mine, newName] = given();
    if (fresh) {
      const made = await api.post("/cameras", { id: newName, ...whole(mine) }, { key, signal });
      toast("The camera is added. It is watched by deployments that name it.");
      go("cameras", [made.id]);
      return;
    }
    const saved = await saveMerging({
      fields: MERGED,
      base,
      mine,
      etag,
      read: () => api.read(path, { signal }),
      fieldsOf: (data) => flat(data.setup),
      save: (value, tag) => api.put(path, whole(value), tag, { signal }),
    });
    if (saved === null) return;
    toast("Saved. A deployment that watches it takes the change over within a second.");
    go("cameras");
  }

  async function test() {
    tryButton.disabled = true;
    fill(trial, h("p.row", null, h("progress", { "aria-label": "Opening the camera" }), "Opening the camera; this takes a few seconds."));
    try {
      const [mine, newName] = given();
      // What is stored is tried with its stored password; another address with what was typed.
      const stored = !fresh && mine.source === camera.setup.source && mine.password === null;
      const found = stored
        ? await api.post(`${path}/test`, undefined, { signal })
        : await api.post("/cameras/test", { id: newName || "new-camera", ...whole(mine) }, { signal });
      fill(trial, trialResult(found));
      if (found.thumbnail) region.setPicture(`data:image/jpeg;base64,${found.thumbnail}`);
    } catch (error) {
      fill(trial, problemBox(error));
    } finally {
      tryButton.disabled = false;
    }
  }

  function look() {
    if (live.firstChild) return;
    const view = tile({ camera, session, width: 640, fps: 5 });
    fill(live, section("Live", view.root, h("p.help", null, "Bystanders are blurred. That you looked is audited.")));
    signal.addEventListener("abort", () => view.stop());
    view.start();
  }

  function follow() {
    const show = () => fill(health, section("How it does", healthFacts(camera)));
    show();
    const timer = setInterval(async () => {
      if (document.hidden) return;
      try {
        camera = { ...(await api.get(path, { signal })), setup: camera.setup };
        show();
      } catch {
        // The banner tells of a lost network; the next turn tries again.
      }
    }, EVERY_MS);
    signal.addEventListener("abort", () => clearInterval(timer));
  }

  async function remove() {
    const typed = h("input", { id: newId("confirm"), autocomplete: "off" });
    const wrong = h("p.invalid", { hidden: true, role: "alert" }, "That is not the id.");
    const done = await openDialog({
      title: "Remove this camera?",
      signal,
      body: [
        h("p", null, "Its address, password and areas are deleted; its alerts and sightings stay until they expire."),
        h("div.field", null, h("label", { for: typed.id }, "Type its id, ", h("code", null, id), ", to confirm"), typed, wrong),
      ],
      actions: [
        { label: "Cancel", value: null },
        {
          label: "Remove",
          primary: true,
          danger: true,
          run: async () => {
            wrong.hidden = typed.value.trim() === id;
            if (typed.value.trim() !== id) return undefined;
            await api.delete(path, etag, { signal });
            return true;
          },
        },
      ],
    });
    if (done) go("cameras");
  }
}

function listChoice(names, chosen) {
  const all = [...new Set([...names, ...chosen])];
  const boxes = all.map((name) => h("input", { type: "checkbox", value: name, checked: chosen.includes(name) }));
  return {
    element: h("fieldset.field", null, h("legend", null, "Looked for here"), h("p.help", null, "None chosen: all of the deployment."), h("div.checks", null, boxes.map((box) => h("label.check", null, box, h("span", null, said(box.value)))))),
    value: () => boxes.filter((box) => box.checked).map((box) => box.value),
  };
}

function trialResult(found) {
  if (!found.works) return h("div.problem", { role: "alert" }, h("p.what", null, "It cannot be opened."), h("p", null, found.problem));
  return h(
    "div.pile",
    null,
    h("p.note", null, `It works: the first picture came after ${figure(found.took_s)} s.${found.thumbnail ? " It stands under Areas." : ""}`),
    facts([
      ["Size", `${found.width_px} × ${found.height_px} px`],
      ["Pictures a second", figure(found.fps)],
      ["Faces in the picture", found.faces],
    ]),
    found.problem && h("p.warning", null, found.problem),
  );
}

function healthFacts(camera) {
  const { health } = camera;
  return [
    h("p.row", null, cameraState(camera)),
    health?.problem && h("p.warning", null, health.problem),
    health &&
      facts([
        ["Pictures analysed a second", figure(health.fps)],
        ["Analysed", health.analysed.toLocaleString()],
        ["Dropped", health.dropped.toLocaleString()],
        ["Faces", health.faces.toLocaleString()],
        ["Passages", health.tracks.toLocaleString()],
        ["Without pictures", downShare(health)],
        ["Connected anew", health.reconnects.toLocaleString()],
        ["Deployment", h("a", { href: href("deployments", [health.deployment_id]) }, String(health.deployment_id))],
      ]),
  ];
}

function regionWords(region) {
  if (!region.length) return "everywhere";
  return region.map((area, at) => `area ${at + 1} of ${area.length} corners, from ${area[0].map((share) => `${Math.round(share * 100)} %`).join(" and ")}`).join("; ");
}

function shown(camera) {
  const { setup } = camera;
  return section(
    "Camera",
    facts([
      ["Id", camera.id],
      ["Where it hangs", setup.location && said(setup.location)],
      ["Address", h("code", null, setup.source)],
      ["Group", setup.group],
      ["Areas", regionWords(setup.region)],
      ["Hours", scheduleWords(setup.schedule)],
      ["Set up", time(camera.updated_at, { only: "full" })],
    ]),
  );
}
