// When a camera is watched: daily spans with their days and time zone, and a picture of the week.

import { fill, h, newId, svg } from "../dom.js";

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
const DAY_MIN = 24 * 60;

/**
 * @param {Object} options
 * @param {{days: string[], from: string, to: string, timezone: string}[]} options.schedule
 * @returns {{element: HTMLElement, value: () => Object[]}}
 */
export function scheduleEditor({ schedule = [], onchange = () => {} }) {
  const zones = newId("zones");
  let windows = schedule.map((one) => ({
    days: [...(one.days ?? DAYS)],
    from: (one.from ?? "00:00").slice(0, 5),
    to: (one.to ?? "00:00").slice(0, 5),
    timezone: one.timezone ?? "UTC",
  }));
  const rows = h("div.schedule-rows");
  const week = h("div.schedule-week");
  const element = h(
    "div.schedule-editor",
    null,
    rows,
    h("div.row", null, h("button", { type: "button", onclick: add }, "Add a time span")),
    week,
    h("datalist", { id: zones }, Intl.supportedValuesOf("timeZone").map((zone) => h("option", { value: zone }))),
  );
  show();

  function show(focus = -1) {
    fill(rows, windows.map(row));
    drawWeek();
    if (focus >= 0) rows.children[focus]?.querySelector("input")?.focus();
  }

  function drawWeek() {
    fill(week, weekPicture(windows), h("p.help", null, scheduleWords(windows)));
    onchange(value());
  }

  function row(one, index) {
    return h(
      "fieldset.schedule-row",
      null,
      h("legend", null, `Time span ${index + 1}`),
      h(
        "div.schedule-days",
        { role: "group", "aria-label": "Days on which it starts" },
        DAYS.map((day, at) =>
          h(
            "label.chip",
            null,
            h("input", {
              type: "checkbox",
              checked: one.days.includes(day),
              "aria-label": NAMES[at],
              onchange: (event) => {
                one.days = DAYS.filter((d) => (d === day ? event.target.checked : one.days.includes(d)));
                drawWeek();
              },
            }),
            NAMES[at].slice(0, 3),
          ),
        ),
      ),
      h(
        "div.row",
        null,
        time("From", one, "from"),
        time("To", one, "to"),
        h(
          "label.stacked",
          null,
          h("span", null, "Time zone"),
          h("input", {
            list: zones,
            value: one.timezone,
            required: true,
            onchange: (event) => {
              one.timezone = event.target.value.trim();
              drawWeek();
            },
          }),
        ),
        h(
          "button",
          {
            type: "button",
            "aria-label": `Remove time span ${index + 1}`,
            onclick: () => {
              windows.splice(index, 1);
              show(Math.min(index, windows.length - 1));
            },
          },
          "Remove",
        ),
      ),
    );
  }

  function time(label, one, member) {
    return h(
      "label.stacked",
      null,
      h("span", null, label),
      h("input", {
        type: "time",
        value: one[member],
        required: true,
        onchange: (event) => {
          one[member] = event.target.value;
          drawWeek();
        },
      }),
    );
  }

  function add() {
    windows.push({
      days: DAYS.slice(0, 5),
      from: "08:00",
      to: "18:00",
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
    });
    show(windows.length - 1);
  }

  function value() {
    return windows.map((one) => ({ ...one, days: [...one.days] }));
  }

  return { element, value };
}

/** A schedule in one sentence. */
export function scheduleWords(windows) {
  if (!windows.length) return "Watched always.";
  const words = windows.map((one) => {
    const days = one.days.length === 7 ? "every day" : one.days.map((day) => NAMES[DAYS.indexOf(day)].slice(0, 3)).join(", ");
    const whole = one.from === one.to;
    const over = minutes(one.to) < minutes(one.from) ? " the next day" : "";
    return `${days || "no day"} ${whole ? `24 hours from ${one.from}` : `${one.from} to ${one.to}${over}`} (${one.timezone})`;
  });
  return `Watched ${words.join("; ")}.`;
}

function weekPicture(windows) {
  const bars = windows.flatMap((one) =>
    one.days.flatMap((day) => {
      const at = DAYS.indexOf(day);
      const from = minutes(one.from);
      const end = minutes(one.to) <= from ? minutes(one.to) + DAY_MIN : minutes(one.to);
      const parts = [[at, from, Math.min(end, DAY_MIN)]];
      if (end > DAY_MIN) parts.push([(at + 1) % 7, 0, end - DAY_MIN]);
      return parts;
    }),
  );
  const all = windows.length ? bars : DAYS.map((_, at) => [at, 0, DAY_MIN]);
  return svg(
    "svg",
    { viewBox: "0 0 560 170", class: "week", role: "img", "aria-label": scheduleWords(windows) },
    [0, 6, 12, 18, 24].map((hour) => [
      svg("line", { x1: 40 + hour * 21, x2: 40 + hour * 21, y1: 4, y2: 148, class: "plot-grid" }),
      svg("text", { x: 40 + hour * 21, y: 164, class: "plot-tick", "text-anchor": "middle" }, `${hour}:00`),
    ]),
    DAYS.map((_, at) => svg("text", { x: 32, y: 18 + at * 21, class: "plot-tick", "text-anchor": "end" }, NAMES[at].slice(0, 3))),
    all.map(([at, from, to]) =>
      svg("rect", { x: 40 + from * 0.35, y: 6 + at * 21, width: Math.max(1, (to - from) * 0.35), height: 15, rx: 2, class: "plot-bar" }),
    ),
  );
}

function minutes(clock) {
  const [hours, rest] = clock.split(":").map(Number);
  return hours * 60 + rest;
}
