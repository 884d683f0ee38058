// Who was where when: one row for each camera, one bar for each time of being seen.

import { svg, h } from "../dom.js";

const WIDTH = 800;
const LEFT = 170;
const ROW = 36;
const STEPS_S = [60, 300, 900, 3600, 3 * 3600, 6 * 3600, 86400, 7 * 86400, 30 * 86400];

/**
 * @param {Object} options
 * @param {{id: string, name: string}[]} options.rows cameras, in the order to show
 * @param {{row: string, from: Date, to: Date, words: string, href?: string}[]} options.spans
 */
export function timeLine({ rows, spans, label = "Time line" }) {
  if (!spans.length) return null;
  const first = Math.min(...spans.map((one) => one.from.getTime()));
  const last = Math.max(...spans.map((one) => one.to.getTime()));
  const room = Math.max((last - first) * 0.03, 5_000);
  const [start, end] = [first - room, last + room];
  const x = (time) => LEFT + ((time - start) / (end - start)) * (WIDTH - LEFT - 16);
  const height = rows.length * ROW + 34;
  const places = new Map(rows.map((row, at) => [row.id, at * ROW + 10]));
  return h(
    "figure.plot",
    null,
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${height}`, role: "group", "aria-label": label },
      ticks(start, end).map(([time, words]) => [
        svg("line", { x1: x(time), x2: x(time), y1: 0, y2: height - 26, class: "plot-grid" }),
        svg("text", { x: x(time), y: height - 10, class: "plot-tick", "text-anchor": "middle" }, words),
      ]),
      rows.map((row) => [
        svg("text", { x: LEFT - 12, y: places.get(row.id) + 16, class: "plot-label", "text-anchor": "end" }, short(row.name)),
        svg("line", { x1: LEFT, x2: WIDTH - 16, y1: places.get(row.id) + 11, y2: places.get(row.id) + 11, class: "plot-grid" }),
      ]),
      spans.filter((one) => places.has(one.row)).map((one) => bar(one, x, places.get(one.row))),
    ),
  );
}

function bar(one, x, y) {
  const from = x(one.from.getTime());
  const wide = Math.max(6, x(one.to.getTime()) - from);
  const shape = svg("rect", { x: from, y, width: wide, height: 22, rx: 3, class: one.href ? "time-bar time-alert" : "time-bar" });
  const title = svg("title", {}, one.words);
  if (!one.href) return svg("g", { role: "img", "aria-label": one.words }, title, shape);
  return svg("a", { href: one.href, "aria-label": one.words }, title, shape);
}

/** Round times between two, at most eight, in local time. */
export function ticks(start, end) {
  const step = STEPS_S.find((seconds) => (end - start) / 1000 / seconds <= 8) ?? (end - start) / 8000;
  const ms = step * 1000;
  const offset = new Date(start).getTimezoneOffset() * 60_000;
  const found = [];
  for (let time = Math.ceil((start - offset) / ms) * ms + offset; time <= end; time += ms) {
    const date = new Date(time);
    const day = date.toLocaleDateString(undefined, { day: "numeric", month: "short" });
    const clock = date.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
    found.push([time, step >= 86400 ? day : found.length === 0 || clock === "00:00" ? `${day} ${clock}` : clock]);
  }
  return found;
}

function short(name) {
  return name.length > 22 ? `${name.slice(0, 21)}…` : name;
}
