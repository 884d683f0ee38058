// Cameras: how each does, where it hangs; added, tried, set up.

import { fill, h, said } from "../dom.js";
import { href } from "../router.js";
import { figure } from "../words.js";
import { cameraMap } from "../parts/camera-map.js";
import { badge, section } from "../parts/facts.js";
import { allCameras } from "../parts/known.js";

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
  const rows = h("tbody");
  const map = h("div");
  fill(
    root,
    cameras.length === 0 && h("p.empty", null, "There is no camera that you may see."),
    cameras.length > 0 &&
      h(
        "div.table-scroll",
        { tabindex: "0", role: "region", "aria-label": "Cameras" },
        h(
          "table",
          null,
          h("caption.unseen", null, "Cameras"),
          h("thead", null, h("tr", null, ["Camera", "State", "Pictures a second", "Dropped", "Without pictures", "Group", "Address"].map((one) => h("th", { scope: "col" }, one)))),
          rows,
        ),
      ),
    map,
  );
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
    const focused = document.activeElement?.closest("tr")?.dataset.id;
    fill(rows, cameras.map(row));
    if (focused) rows.querySelector(`tr[data-id="${focused}"] a`)?.focus();
  }
}

function row(one) {
  const health = one.health;
  return h(
    "tr",
    { "data-id": one.id },
    h("th", { scope: "row" }, h("a", { href: href("cameras", [one.id]) }, said(one.setup.name || one.id)), one.setup.location && h("small.quiet.block", null, said(one.setup.location))),
    h("td", null, cameraState(one), health?.problem && h("small.block", null, health.problem)),
    h("td.figure", null, health ? figure(health.fps) : "–"),
    h("td.figure", null, health ? health.dropped.toLocaleString() : "–"),
    h("td.figure", null, health ? downShare(health) : "–"),
    h("td", null, one.setup.group ?? "–"),
    h("td", null, h("code.address", null, one.setup.source)),
  );
}

/** What a camera does, as a badge. */
export function cameraState(one) {
  if (!one.setup.enabled) return badge("switched off", "warn");
  if (!one.health) return badge("no deployment watches it", "");
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
