// A camera on the wall: its picture with boxes, its state, and links to the alerts in view.

import { fill, h, said } from "../dom.js";
import { href } from "../router.js";
import { figure, similarity } from "../words.js";
import { follow } from "./stream.js";

const STATES = {
  watching: ["good", "●", "watching"], connecting: ["warn", "…", "connecting"], down: ["bad", "▲", "down"],
  paused: ["", "❚❚", "paused"], ended: ["", "■", "ended"], failed: ["bad", "✕", "failed"],
};
const KEPT_MS = 4000; // a link to an alert stays so long after the face was last seen: it can be hit

/** The state of a camera as a tag. */
export function stateTag(health, enabled = true) {
  if (!enabled) return h("span.tag", null, h("span", { "aria-hidden": "true" }, "○"), "turned off");
  if (!health) return h("span.tag", null, h("span", { "aria-hidden": "true" }, "○"), "not watched");
  const [kind, sign, words] = STATES[health.state] ?? ["", "?", health.state];
  return h(`span.tag${kind ? `.${kind}` : ""}`, { title: health.problem || null }, h("span", { "aria-hidden": "true" }, sign), words);
}

/**
 * Make a tile.
 * @param {Object} options
 * @param {Object} options.camera as the server gave it
 * @param {number} options.width px of its pictures
 * @param {number} options.fps
 * @param {() => void} [options.enlarge]
 */
export function tile({ camera, session, width, fps, enlarge = null }) {
  const name = camera.setup.name || camera.id;
  const canvas = h("canvas", { width: 640, height: 360, role: "img", "aria-label": `Live picture of ${name}` });
  const words = h("p.tile-words", { role: "status" });
  const state = h("span");
  const rate = h("span.quiet.figure");
  const links = h("ul.tile-alerts", { "aria-label": `Candidates in view of ${name}` });
  const open = enlarge && h("button.plain", { type: "button", "aria-label": `Enlarge ${name}`, onclick: enlarge }, "Enlarge");
  const root = h("article.tile", { "aria-label": name, "data-camera": camera.id },
    h("div.tile-picture", null, canvas, words),
    h("div.tile-head", null, h("strong.tile-name", null, said(name)), state, rate, open), links);
  let faces = [];
  let stream = null;
  let known = new Map(); // alert id -> {candidate, at}
  let stop = null;

  const health = (given) => {
    camera = { ...camera, health: given };
    fill(state, stateTag(given, camera.setup.enabled));
  };
  health(camera.health);

  /** Screen px per px of the picture, which stands whole and undistorted in its frame. */
  const shownScale = () => Math.min(canvas.clientWidth / canvas.width, canvas.clientHeight / canvas.height) || 1;

  canvas.addEventListener("click", (event) => {
    const frame = canvas.getBoundingClientRect();
    const scale = shownScale();
    const x = (event.clientX - frame.left - (frame.width - canvas.width * scale) / 2) / scale;
    const y = (event.clientY - frame.top - (frame.height - canvas.height * scale) / 2) / scale;
    const hit = faces.find((face) => face.candidates.length > 0 && x >= face.box[0] && x <= face.box[2] && y >= face.box[1] && y <= face.box[3]);
    if (hit) location.hash = href("alerts", [hit.candidates[0].alert]);
    else enlarge?.();
  });

  const draw = (frame, bitmap) => {
    if (canvas.width !== frame.width_px || canvas.height !== frame.height_px) {
      canvas.width = frame.width_px;
      canvas.height = frame.height_px;
    }
    const pen = canvas.getContext("2d");
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    faces = frame.boxes;
    for (const face of faces) box(pen, face);
    link(faces);
  };

  // Drawn on a picture, so these colours are the same in both themes: a light line on a dark one.
  const box = (pen, { box: [x1, y1, x2, y2], candidates }) => {
    const candidate = candidates[0];
    const scale = 1 / shownScale();
    const line = (colour, thick, dash = []) => {
      pen.strokeStyle = colour;
      pen.lineWidth = thick * scale;
      pen.setLineDash(dash);
      pen.strokeRect(x1, y1, x2 - x1, y2 - y1);
    };
    if (!candidate) {
      line("#000000a0", 2.5);
      line("#ffffffb0", 1);
      return;
    }
    line("#000000", 5);
    line("#ffd166", 2.5);
    const measure = similarity(candidate.similarity);
    pen.setLineDash([]);
    pen.font = `600 ${Math.round(13 * scale)}px system-ui, sans-serif`;
    // A name of any length and script, cut to what the picture has room for.
    let name = [...(candidate.name || "candidate")];
    const label = () => `\u2068${name.join("")}\u2069 ${measure}`;
    if (pen.measureText(label()).width > canvas.width / 2) {
      do name = name.slice(0, Math.min(name.length - 2, 60)).concat("…");
      while (name.length > 4 && pen.measureText(label()).width > canvas.width / 2);
    }
    const text = label();
    const wide = pen.measureText(text).width + 10 * scale;
    const tall = 19 * scale;
    const left = Math.max(0, Math.min(x1, canvas.width - wide));
    const top = y1 >= tall ? y1 - tall : Math.min(y2, canvas.height - tall);
    pen.fillStyle = "#ffd166";
    pen.fillRect(left, top, wide, tall);
    pen.fillStyle = "#14202b";
    pen.fillText(text, left + 5 * scale, top + 14 * scale);
  };

  const link = (found) => {
    const now = performance.now();
    for (const face of found) for (const candidate of face.candidates) known.set(candidate.alert, { candidate, at: now });
    const keys = () => [...known.values()].map(({ candidate }) => candidate.alert + Boolean(candidate.name)).join();
    const before = keys();
    for (const [id, { at }] of known) if (at < now - KEPT_MS) known.delete(id);
    const shown = keys();
    if (shown === links.dataset.shown && before === shown) return;
    links.dataset.shown = shown;
    fill(links, [...known.values()].map(({ candidate }) => h("li", null,
      h("a.button", { href: href("alerts", [candidate.alert]) }, "Candidate", candidate.name && [" ", said(candidate.name)], " · ", said(candidate.watchlist), ` · ${similarity(candidate.similarity)}`))));
  };

  const say = (text, kind) => {
    if (words.textContent !== text) words.textContent = text;
    root.dataset.kind = kind;
    if (kind !== "live") known = new Map();
    if (kind === "off" || kind === "lost") link([]);
  };

  return {
    root,
    health,
    /** Begin to look; harmless when it looks already. */
    start() {
      if (stop) return;
      stop = new AbortController();
      const { signal } = stop;
      stream = follow({ camera: camera.id, width, fps, session, signal, onframe: draw, onstate: say });
      const timer = setInterval(() => {
        rate.textContent = root.dataset.kind === "live" ? `${figure(stream.rate())} fps` : "";
        link([]);
      }, 1000);
      signal.addEventListener("abort", () => clearInterval(timer));
    },
    /** Stop looking; every look is audited, and costs the watch work. */
    stop() {
      stop?.abort();
      stop = null;
    },
  };
}
