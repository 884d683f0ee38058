// Cameras: how each does, where it hangs; added, tried, set up.

import { fill, h, said } from "../dom.js";
import { href } from "../router.js";
import { figure } from "../words.js";
import { cameraMap } from "../parts/camera-map.js";
import { badge, section } from "../parts/facts.js";
import { allCameras } from "../parts/known.js";
import { noCameras } from "../parts/no-cameras.js";
import { plainTable } from "../parts/plain-table.js";

const EVERY_MS = 5000;

export async function render(place) {
  if (place.parts.length) {
    const { cameraPage } = await import("./camera.js");
    return cameraPage(place, place.parts[0]);
  }
  return list(place);
}

async function list({ root, api, session, signal, title }) {
  title("Cameras", session.may("camera.write") && h("a.button.primary", { href: href("cameras", ["new"]) }, "New camera"));
  let cameras = await allCameras(api, session, signal);
  const rows = h("div");
  const map = h("div");
  fill(root, h("div.pile", null, rows, map));
  show();
  if (cameras.some((one) => one.setup.latitude !== null)) {
    fill(map, section("Where they are", cameraMap({ cameras: cameras.map(placed), onchoose: (id) => { location.hash = href("cameras", [id]); } })));
  }
  const timer = setInterval(async () => {
    if (document.hidden) return;
    try {
      cameras = await allCameras(api, session, signal);
      show();
    } catch {
      // The banner tells of a lost network; the next turn tries again.
    }
  }, EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer));

  function show() {
    const focused = document.activeElement?.dataset.camera;
    fill(rows, cameras.length ? plainTable({ caption: "Cameras", columns: COLUMNS, items: cameras }) : h("p.empty", null, noCameras(session)));
    if (focused) rows.querySelector(`[data-camera="${focused}"]`)?.focus();
  }
}

const COLUMNS = [
  { title: "Camera", cell: (one) => [h("a", { href: href("cameras", [one.id]), "data-camera": one.id }, said(one.setup.name || one.id)), one.setup.location && h("small.quiet.block", null, said(one.setup.location))] },
  { title: "State", cell: (one) => [cameraState(one), one.health?.problem && h("small.block", null, one.health.problem)] },
  { title: "Pictures a second", class: "figure", cell: (one) => figure(one.health?.fps) },
  { title: "Dropped", class: "figure", cell: (one) => one.health?.dropped.toLocaleString() ?? "–" },
  { title: "Without pictures", class: "figure", cell: (one) => (one.health ? downShare(one.health) : "–") },
  { title: "Group", cell: (one) => one.setup.group ?? "–" },
  { title: "Address", cell: (one) => h("code.address", null, one.setup.source) },
];

/** What a camera does, as a badge. */
export function cameraState(one) {
  if (!one.setup.enabled) return badge("switched off", "warn");
  if (!one.health) return badge("not watched", "");
  const kind = { connecting: "info", watching: "live", down: "bad", paused: "info", ended: "", failed: "bad" }[one.health.state];
  return badge(one.health.state, kind);
}

export function downShare(health) {
  const all = health.watched_s + health.down_s;
  return all > 0 ? `${figure((100 * health.down_s) / all)} %` : "–";
}

/** A camera as the map wants it. */
export function placed(one) {
  return { id: one.id, name: one.setup.name || one.id, latitude: one.setup.latitude, longitude: one.setup.longitude, words: one.health ? one.health.state : "not watched" };
}
