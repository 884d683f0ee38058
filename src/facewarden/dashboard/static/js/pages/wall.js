// The live wall: every camera that the session may see. Bystanders are blurred by the server.

import { openDialog } from "../dialog.js";
import { fill, h } from "../dom.js";
import { bindKeys } from "../keys.js";
import { noCameras } from "../parts/no-cameras.js";
import { roving } from "../table.js";
import { tile } from "../wall/tile.js";

const WIDTH_PX = 640;
const FPS = 5;
const LARGE = { width: 1280, fps: 10 };
const HEALTH_MS = 5000;
const SIZES = { small: "Small", medium: "Medium", large: "Large" };
const SIZE_KEY = "facewarden.wall";

export async function render({ api, session, events, root, parts, signal, title }) {
  const chosen = localStorage.getItem(SIZE_KEY) in SIZES ? localStorage.getItem(SIZE_KEY) : "medium";
  const grid = h("div.wall", { "data-size": chosen });
  const size = h("select", { "aria-label": "Size of the pictures", onchange: () => {
    grid.dataset.size = size.value;
    localStorage.setItem(SIZE_KEY, size.value);
  } }, Object.entries(SIZES).map(([value, words]) => h("option", { value, selected: value === chosen }, words)));
  title("Live wall", size);
  const note = h("p.quiet", null, "Bystanders are blurred. Every look is in the audit log.");
  fill(root, grid, note);

  const tiles = new Map();
  const newest = new Map(); // camera id -> camera as it was read last
  let large = null;
  const seen = new Set();
  const enlarged = { id: null };
  const look = () => {
    for (const [id, one] of tiles) {
      if (seen.has(id) && !document.hidden && enlarged.id === null) one.start();
      else one.stop();
    }
  };
  const sight = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) seen.add(target.dataset.camera);
      else seen.delete(target.dataset.camera);
    }
    look();
  });
  document.addEventListener("visibilitychange", look, { signal });

  const enlarge = async (id) => {
    if (enlarged.id !== null) return;
    enlarged.id = id;
    look();
    const camera = newest.get(id);
    large = tile({ camera, session, ...LARGE });
    large.start();
    const leave = new AbortController();
    addEventListener("hashchange", () => leave.abort(), { signal: leave.signal });
    await openDialog({ title: camera.setup.name || camera.id, wide: true, body: large.root, signal: leave.signal, actions: [{ label: "Close", value: null, primary: true }] });
    leave.abort();
    large.stop();
    large = null;
    enlarged.id = null;
    if (!signal.aborted) look();
  };

  const read = async (first) => {
    const cameras = [];
    for await (const camera of api.all("/cameras", { signal })) cameras.push(camera);
    for (const camera of cameras) {
      newest.set(camera.id, camera);
      if (enlarged.id === camera.id) large?.health(camera.health);
      const known = tiles.get(camera.id);
      if (known) {
        known.health(camera.health);
        continue;
      }
      const made = tile({ camera, session, width: WIDTH_PX, fps: FPS, enlarge: () => enlarge(camera.id) });
      tiles.set(camera.id, made);
      grid.append(made.root);
      sight.observe(made.root);
    }
    const there = new Set(cameras.map((camera) => camera.id));
    for (const [id, one] of tiles) {
      if (there.has(id)) continue;
      one.stop();
      one.root.remove();
      tiles.delete(id);
    }
    if (tiles.size === 0) fill(note, noCameras(session));
    if (first && parts[0] && tiles.has(parts[0])) enlarge(parts[0]);
  };

  signal.addEventListener("abort", () => {
    sight.disconnect();
    for (const one of tiles.values()) one.stop();
  });
  await read(true);
  const timer = setInterval(() => !document.hidden && read(false).catch(() => {}), HEALTH_MS);
  signal.addEventListener("abort", () => clearInterval(timer));
  events.onCamera(signal, () => read(false).catch(() => {}));

  const walk = roving(grid, "button");
  bindKeys(signal, [
    { key: "j", what: "Next camera", run: () => walk.move(1) },
    { key: "k", what: "Previous camera", run: () => walk.move(-1) },
  ], "Live wall");
}
