// Where cameras are, to scale, drawn from their own positions: no tiles from elsewhere.

import { h, svg } from "../dom.js";

const WIDTH = 800;
const HEIGHT = 460;
const EDGE = 70;
const METRES_PER_DEGREE = 111_320;

/**
 * @param {Object} options
 * @param {{id: string, name: string, latitude: number, longitude: number, count?: number,
 *   words?: string}[]} options.cameras those without a position are left out
 * @param {string[]} [options.path] ids in the order in which somebody passed them
 * @param {string} [options.chosen] id of the one to show as chosen
 * @param {(id: string) => void} [options.onchoose]
 */
export function cameraMap({ cameras, path = [], chosen = "", onchoose = null, label = "Map of cameras" }) {
  const placed = cameras.filter((one) => one.latitude !== null && one.latitude !== undefined);
  if (!placed.length) {
    return h("p.empty", null, "No camera has a position. Latitude and longitude are given on the camera's page.");
  }
  const { at, metresPerUnit } = projection(placed);
  const where = new Map(placed.map((one) => [one.id, at(one)]));
  const most = Math.max(1, ...placed.map((one) => one.count ?? 0));
  const legs = path.slice(1).map((id, index) => [path[index], id]).filter(([from, to]) => from !== to && where.has(from) && where.has(to));
  return h(
    "figure.map",
    null,
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "map-picture", role: "group", "aria-label": label },
      grid(),
      svg("defs", {}, svg("marker", { id: "map-arrow", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" }, svg("path", { d: "M0 0 L8 4 L0 8 z", class: "map-arrow" }))),
      legs.map(([from, to]) => leg(where.get(from), where.get(to))),
      placed.map((one) => pin(one, where.get(one.id), most, one.id === chosen, onchoose)),
      scaleBar(metresPerUnit),
      svg("text", { x: WIDTH - 26, y: 34, class: "map-north", "text-anchor": "middle" }, "N"),
      svg("path", { d: `M${WIDTH - 26} 40 l-6 16 l6 -5 l6 5 z`, class: "map-arrow" }),
    ),
    h("figcaption.help", null, `Relative positions, north is up.${cameras.length > placed.length ? ` ${cameras.length - placed.length} without a position.` : ""}`),
  );
}

/** Equirectangular around the middle: exact enough for a town, and the same scale both ways. */
export function projection(placed) {
  const latitudes = placed.map((one) => one.latitude);
  const longitudes = placed.map((one) => one.longitude);
  const middle = [mid(latitudes), mid(longitudes)];
  const squeeze = Math.cos((middle[0] * Math.PI) / 180) || 1e-6;
  const wide = Math.max((span(longitudes) * squeeze) / (WIDTH - 2 * EDGE), span(latitudes) / (HEIGHT - 2 * EDGE));
  const degreesPerUnit = wide || 1 / METRES_PER_DEGREE; // one camera, or all in one place
  return {
    metresPerUnit: degreesPerUnit * METRES_PER_DEGREE,
    at: (one) => [
      WIDTH / 2 + ((one.longitude - middle[1]) * squeeze) / degreesPerUnit,
      HEIGHT / 2 - (one.latitude - middle[0]) / degreesPerUnit,
    ],
  };
}

function pin(one, [x, y], most, chosen, onchoose) {
  const radius = one.count === undefined ? 9 : 9 + 11 * Math.sqrt(one.count / most);
  const left = x > WIDTH - 180;
  const words = `${one.name}${one.words ? `: ${one.words}` : ""}`;
  const choose = onchoose ? () => onchoose(one.id) : null;
  return svg(
    "g",
    {
      class: `map-pin${chosen ? " map-chosen" : ""}${one.count === 0 ? " map-quiet" : ""}`,
      "aria-label": words,
      "data-id": one.id,
      ...(choose
        ? {
            role: "button",
            tabindex: 0,
            "aria-pressed": String(chosen),
            onclick: choose,
            onkeydown: (event) => {
              if (event.key !== "Enter" && event.key !== " ") return;
              event.preventDefault();
              choose();
            },
          }
        : { role: "img" }),
    },
    svg("title", {}, words),
    svg("circle", { cx: x, cy: y, r: 22, class: "map-touch" }),
    svg("circle", { cx: x, cy: y, r: radius, class: "map-dot" }),
    one.count ? svg("text", { x, y: y + 5, class: "map-count", "text-anchor": "middle" }, one.count) : null,
    svg("text", { x: left ? x - radius - 6 : x + radius + 6, y: y + 5, class: "map-name", "text-anchor": left ? "end" : "start" }, short(one.name)),
  );
}

function leg([x1, y1], [x2, y2]) {
  // Bent to the right of its way, so that there and back are two lines; it ends before the pin.
  const [dx, dy] = [x2 - x1, y2 - y1];
  const long = Math.hypot(dx, dy) || 1;
  const [ex, ey] = [x2 - (dx / long) * 22, y2 - (dy / long) * 22];
  const [mx, my] = [(x1 + ex) / 2 - dy * 0.12, (y1 + ey) / 2 + dx * 0.12];
  return svg("path", { d: `M${x1} ${y1} Q${mx} ${my} ${ex} ${ey}`, class: "map-leg", "marker-end": "url(#map-arrow)" });
}

function grid() {
  const lines = [];
  for (let x = 80; x < WIDTH; x += 80) lines.push(svg("line", { x1: x, x2: x, y1: 0, y2: HEIGHT, class: "plot-grid" }));
  for (let y = 60; y < HEIGHT; y += 80) lines.push(svg("line", { x1: 0, x2: WIDTH, y1: y, y2: y, class: "plot-grid" }));
  return lines;
}

function scaleBar(metresPerUnit) {
  const wanted = 140 * metresPerUnit;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const metres = [5, 2, 1].map((step) => step * power).find((step) => step <= wanted);
  const wide = metres / metresPerUnit;
  const words = metres >= 1000 ? `${metres / 1000} km` : `${Number(metres.toPrecision(2))} m`;
  return [
    svg("path", { d: `M20 ${HEIGHT - 26} v6 h${wide} v-6`, class: "map-scale" }),
    svg("text", { x: 20 + wide + 8, y: HEIGHT - 18, class: "plot-tick" }, words),
  ];
}

function mid(numbers) {
  return (Math.min(...numbers) + Math.max(...numbers)) / 2;
}

function span(numbers) {
  return Math.max(...numbers) - Math.min(...numbers);
}

function short(name) {
  return name.length > 22 ? `${name.slice(0, 21)}…` : name;
}
