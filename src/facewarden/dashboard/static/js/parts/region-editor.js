// Areas of a camera's picture in which faces are looked for: polygons drawn by mouse, touch or keys.
//
// Each corner is an element of its own that can be focused, moved with the arrow keys and told to
// a screen reader; a canvas could not do that.

import { fill, h, svg } from "../dom.js";

const STEP = 0.01;
const LEAP = 0.05;
const MOST_CORNERS = 100;
const HELP =
  "Drag a corner, or focus it and press the arrow keys (with Shift: further). + adds a corner " +
  "behind it, Delete removes it. To draw by hand press Draw, then press each corner in turn; the " +
  "first corner or Enter closes the area, Escape gives it up.";

/**
 * @param {Object} options
 * @param {number[][][]} options.region polygons of [x, y], each in [0, 1] of width and height
 * @param {string} [options.picture] address of a picture of the camera
 * @param {(region: number[][][]) => void} [options.onchange]
 * @returns {{element: HTMLElement, value: () => number[][][], setPicture: (address: string) => void}}
 */
export function regionEditor({ region = [], picture = "", onchange = () => {} }) {
  let areas = region.map((area) => area.map((corner) => [...corner]));
  let drawing = null;
  let size = { width: 1600, height: 900 };

  const overlay = svg("svg", { class: "region-overlay", role: "group", "aria-label": "Areas of the picture" });
  const image = h("img.region-picture", { alt: "", draggable: "false" });
  const stage = h("div.region-stage", null, image, overlay);
  const said = h("p.region-said", { role: "status" });
  const drawButton = h("button", { type: "button", "aria-pressed": "false", onclick: toggleDrawing }, "Draw");
  const list = h("div.region-list");
  const element = h(
    "div.region-editor",
    null,
    stage,
    h(
      "div.row",
      null,
      h("button", { type: "button", onclick: addRectangle }, "Add an area"),
      drawButton,
      list,
    ),
    said,
    h("p.help", null, HELP),
  );

  image.addEventListener("load", () => {
    size = { width: image.naturalWidth, height: image.naturalHeight };
    show();
  });
  image.addEventListener("error", () => image.removeAttribute("src"));
  overlay.addEventListener("pointerdown", press);
  overlay.addEventListener("keydown", keyWhileDrawing);
  stage.addEventListener("keydown", keyWhileDrawing);
  setPicture(picture);
  show();

  function setPicture(address) {
    if (address) image.src = address;
    else image.removeAttribute("src");
    stage.classList.toggle("region-blank", !address);
  }

  function show(focus = null) {
    const { width, height } = size;
    stage.style.aspectRatio = `${width} / ${height}`;
    overlay.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const unit = Math.max(width, height) / 100;
    const shapes = areas.flatMap((area, index) => [
      svg("polygon", { points: points(area), class: "region-area" }),
      svg("text", { x: centre(area, 0) * width, y: centre(area, 1) * height, class: "region-number", "font-size": unit * 3 }, index + 1),
    ]);
    if (drawing) shapes.push(svg("polyline", { points: points(drawing), class: "region-drawing" }));
    const corners = areas.flatMap((area, index) =>
      area.map((corner, at) =>
        svg("circle", {
          cx: corner[0] * width,
          cy: corner[1] * height,
          r: unit,
          class: "region-corner",
          tabindex: 0,
          role: "button",
          "aria-label": named(index, at),
          "data-area": index,
          "data-corner": at,
          onkeydown: (event) => key(event, index, at),
        }),
      ),
    );
    const open = (drawing ?? []).map((corner, at) =>
      svg("circle", { cx: corner[0] * width, cy: corner[1] * height, r: at === 0 ? unit * 1.3 : unit * 0.8, class: "region-corner region-open" }),
    );
    fill(overlay, shapes, corners, open);
    fill(
      list,
      areas.map((_, index) =>
        h("button", { type: "button", onclick: () => removeArea(index) }, `Remove area ${index + 1}`),
      ),
    );
    drawButton.setAttribute("aria-pressed", String(drawing !== null));
    stage.classList.toggle("region-is-drawing", drawing !== null);
    if (!areas.length && !drawing) said.textContent = "No area: faces are looked for everywhere.";
    if (focus) overlay.querySelector(`[data-area="${focus[0]}"][data-corner="${focus[1]}"]`)?.focus();
  }

  function points(area) {
    return area.map(([x, y]) => `${x * size.width},${y * size.height}`).join(" ");
  }

  function named(index, at) {
    const [x, y] = areas[index][at];
    return `Area ${index + 1}, corner ${at + 1}: ${percent(x)} from the left, ${percent(y)} from the top`;
  }

  function changed(focus) {
    show(focus);
    said.textContent = areas.length
      ? `${areas.length} ${areas.length === 1 ? "area" : "areas"}: faces are looked for in them only.`
      : "No area: faces are looked for everywhere.";
    onchange(value());
  }

  function addRectangle() {
    const away = 0.05 * (areas.length % 5);
    areas.push(
      [[0.25, 0.25], [0.75, 0.25], [0.75, 0.75], [0.25, 0.75]].map(([x, y]) => [x + away - 0.1, y + away - 0.1]),
    );
    changed([areas.length - 1, 0]);
  }

  function removeArea(index) {
    areas.splice(index, 1);
    changed();
    list.querySelector("button")?.focus();
  }

  function toggleDrawing() {
    drawing = drawing ? null : [];
    show();
    said.textContent = drawing ? "Press each corner in the picture; the first one again closes the area." : "";
    if (drawing) {
      overlay.setAttribute("tabindex", "-1");
      overlay.focus();
    }
  }

  function keyWhileDrawing(event) {
    if (!drawing) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      toggleDrawing();
    } else if (event.key === "Enter") {
      event.preventDefault();
      close();
    }
  }

  function close() {
    if (drawing.length < 3) {
      said.textContent = "An area needs three corners at least.";
      return;
    }
    areas.push(drawing);
    drawing = null;
    changed([areas.length - 1, 0]);
  }

  function press(event) {
    const at = where(event);
    if (drawing) {
      event.preventDefault();
      const near = drawing.length > 2 && Math.hypot(at[0] - drawing[0][0], at[1] - drawing[0][1]) < 0.025;
      if (near || drawing.length >= MOST_CORNERS) close();
      else {
        drawing.push(at);
        show();
      }
      return;
    }
    const target = event.target;
    if (!target.classList.contains("region-corner")) return;
    const index = Number(target.dataset.area);
    const corner = Number(target.dataset.corner);
    event.preventDefault();
    overlay.setPointerCapture(event.pointerId);
    const move = (moved) => {
      areas[index][corner] = where(moved);
      show();
    };
    const up = () => {
      overlay.removeEventListener("pointermove", move);
      overlay.removeEventListener("pointerup", up);
      overlay.removeEventListener("pointercancel", up);
      changed([index, corner]);
    };
    overlay.addEventListener("pointermove", move);
    overlay.addEventListener("pointerup", up);
    overlay.addEventListener("pointercancel", up);
  }

  function where(event) {
    const box = overlay.getBoundingClientRect();
    return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
  }

  function key(event, index, at) {
    const far = event.shiftKey ? LEAP : STEP;
    const moves = { ArrowLeft: [-far, 0], ArrowRight: [far, 0], ArrowUp: [0, -far], ArrowDown: [0, far] };
    const area = areas[index];
    if (event.key in moves) {
      const [dx, dy] = moves[event.key];
      area[at] = [within(area[at][0] + dx), within(area[at][1] + dy)];
      changed([index, at]);
    } else if (event.key === "Delete" || event.key === "Backspace") {
      if (area.length > 3) area.splice(at, 1);
      else areas.splice(index, 1);
      changed(areas[index] ? [index, Math.max(0, at - 1)] : null);
    } else if ((event.key === "+" || event.key === "Insert") && area.length < MOST_CORNERS) {
      const next = area[(at + 1) % area.length];
      area.splice(at + 1, 0, [within((area[at][0] + next[0]) / 2), within((area[at][1] + next[1]) / 2)]);
      changed([index, at + 1]);
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  function value() {
    return areas.map((area) => area.map((corner) => [...corner]));
  }

  return { element, value, setPicture };
}

/** A coordinate within the picture, to a thousandth: a pixel or two of a large one. */
function within(share) {
  return Math.round(Math.min(1, Math.max(0, share)) * 1000) / 1000;
}

function centre(area, axis) {
  return area.reduce((sum, corner) => sum + corner[axis], 0) / area.length;
}

function percent(share) {
  return `${Math.round(share * 100)} %`;
}
