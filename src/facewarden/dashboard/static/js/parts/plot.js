// Plots drawn as SVG from numbers; every number also stands beside its mark as text.

import { h, svg } from "../dom.js";

const WIDTH = 640;
const LEFT = 185;
const RIGHT = 90;
const ROW = 34;

/**
 * Bars of parts, one row each: what they are is told by pattern and text, not by colour alone.
 * @param {{label: string, parts: {name: string, value: number, kind: string}[]}[]} rows
 *   kind: "confirmed" | "rejected" | "open" | "plain"
 */
export function stackedBars(title, rows) {
  if (!rows.some(total)) return null;
  const most = Math.max(1, ...rows.map((row) => total(row)));
  const kinds = rows[0].parts.map((part) => [part.name, part.kind]);
  const height = rows.length * ROW + 10;
  const scale = (WIDTH - LEFT - RIGHT) / most;
  return h(
    "figure.plot",
    null,
    h("figcaption", null, title),
    svg(
      "svg",
      {
        viewBox: `0 0 ${WIDTH} ${height}`,
        role: "img",
        "aria-label": `${title}. ${rows.map((row) => `${row.label}: ${row.parts.map((p) => `${p.name} ${p.value}`).join(", ")}`).join("; ")}`,
      },
      patterns(),
      rows.map((row, at) => {
        const y = at * ROW + 6;
        let x = LEFT;
        return [
          svg("text", { x: LEFT - 10, y: y + 16, class: "plot-label", "text-anchor": "end" }, short(row.label)),
          row.parts.map((part) => {
            const wide = part.value * scale;
            const bar = svg("rect", { x, y, width: Math.max(0, wide), height: 22, class: `plot-${part.kind}` });
            x += wide;
            return bar;
          }),
          svg("text", { x: x + 8, y: y + 16, class: "plot-value" }, row.parts.map((p) => p.value.toLocaleString()).join(" · ")),
        ];
      }),
    ),
    h("p.plot-legend", null, kinds.map(([name, kind]) => h("span.plot-key", null, swatch(kind), name))),
  );
}

/**
 * Dots with intervals, one row each, over an axis that begins at 0.
 * @param {{label: string, low: number, high: number, expected: number, found: number, words: string}[]} rows
 */
export function expectedAndFound(title, rows, { expected = "expected, with the 95 % interval", found = "found" } = {}) {
  if (!rows.length) return null;
  const most = nice(Math.max(1, ...rows.flatMap((row) => [row.high, row.found, row.expected])));
  const height = rows.length * ROW + 30;
  const x = (value) => LEFT + (value / most) * (WIDTH - LEFT - RIGHT);
  return h(
    "figure.plot",
    null,
    h("figcaption", null, title),
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": `${title}. ${rows.map((row) => `${row.label}: ${row.words}`).join("; ")}` },
      axis(x, most, height - 22),
      rows.map((row, at) => {
        const y = at * ROW + 18;
        return [
          svg("text", { x: LEFT - 10, y: y + 5, class: "plot-label", "text-anchor": "end" }, short(row.label)),
          svg("line", { x1: x(row.low), x2: x(row.high), y1: y, y2: y, class: "plot-interval" }),
          svg("line", { x1: x(row.expected), x2: x(row.expected), y1: y - 7, y2: y + 7, class: "plot-expected" }),
          svg("circle", { cx: x(row.found), cy: y, r: 6, class: "plot-found" }),
          svg("text", { x: WIDTH - RIGHT + 12, y: y + 5, class: "plot-value" }, `${round(row.found)} / ${round(row.expected)}`),
        ];
      }),
    ),
    h("p.plot-legend", null, h("span.plot-key", null, h("span.mark-found", { "aria-hidden": "true" }), found), h("span.plot-key", null, h("span.mark-expected", { "aria-hidden": "true" }), expected)),
  );
}

/**
 * A share with its interval, as a line from 0 to the largest of them.
 * @param {{label: string, value: number|null, low: number|null, high: number|null, words: string}[]} rows
 */
export function shares(title, rows) {
  const known = rows.filter((row) => row.value !== null);
  if (!known.length) return null;
  const most = Math.min(1, nice(Math.max(...known.map((row) => row.high ?? row.value)) || 1));
  const height = known.length * ROW + 30;
  const x = (value) => LEFT + (value / most) * (WIDTH - LEFT - RIGHT);
  return h(
    "figure.plot",
    null,
    h("figcaption", null, title),
    svg(
      "svg",
      { viewBox: `0 0 ${WIDTH} ${height}`, role: "img", "aria-label": `${title}. ${known.map((row) => `${row.label}: ${row.words}`).join("; ")}` },
      axis(x, most, height - 22, (value) => `${round(value * 100)} %`),
      known.map((row, at) => {
        const y = at * ROW + 18;
        return [
          svg("text", { x: LEFT - 10, y: y + 5, class: "plot-label", "text-anchor": "end" }, short(row.label)),
          row.low === null ? null : svg("line", { x1: x(row.low), x2: x(row.high), y1: y, y2: y, class: "plot-interval" }),
          svg("circle", { cx: x(row.value), cy: y, r: 6, class: "plot-found" }),
          svg("text", { x: WIDTH - RIGHT + 12, y: y + 5, class: "plot-value" }, `${round(row.value * 100)} %`),
        ];
      }),
    ),
  );
}

function axis(x, most, bottom, words = round) {
  return [0, 0.25, 0.5, 0.75, 1].map((share) => [
    svg("line", { x1: x(share * most), x2: x(share * most), y1: 4, y2: bottom, class: "plot-grid" }),
    svg("text", { x: x(share * most), y: bottom + 16, class: "plot-tick", "text-anchor": "middle" }, words(share * most)),
  ]);
}

function patterns() {
  return svg(
    "defs",
    {},
    svg(
      "pattern",
      { id: "plot-stripes", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      svg("rect", { width: 6, height: 6, class: "plot-stripes-ground" }),
      svg("rect", { width: 3, height: 6, class: "plot-stripes-line" }),
    ),
  );
}

function swatch(kind) {
  return svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, svg("rect", { x: 0, y: 0, width: 16, height: 16, class: `plot-${kind}` }));
}

function total(row) {
  return row.parts.reduce((sum, part) => sum + part.value, 0);
}

/** The next of 1, 2, 5 times a power of ten. */
function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value);
}

function round(value) {
  if (value === 0) return "0";
  return Number(value.toPrecision(value >= 100 ? 4 : 2)).toLocaleString();
}

function short(label) {
  return label.length > 23 ? `${label.slice(0, 22)}…` : label;
}
