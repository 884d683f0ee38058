// Probe and reference side by side, their faces at like size; the whole snapshot below.

import { fill, h } from "../dom.js";
import { openDialog } from "../dialog.js";
import { picture } from "../picture.js";

const SIDE = 480; // px of the square in which a face is drawn; the page scales it down
const AROUND = 2.2; // side of the square over the longer side of the face's box: hair and chin show

/**
 * @param {Object} place with api and signal
 * @param {Object} alert
 */
export function compare({ api, signal }, alert) {
  const probe = h("div.picture", { "aria-busy": "true" });
  const whole = picture(api, `/alerts/${alert.alert_id}/snapshot`, {
    alt: `What camera ${alert.camera.name} saw; bystanders are blurred`,
    signal,
    missing: "The snapshot was deleted with time.",
    shown: (image, headers) => {
      fill(probe, cropped(image, headers.get("X-Face-Box"), "Probe: the face as the camera saw it"));
      probe.removeAttribute("aria-busy");
      const button = h("button.plain", { type: "button", onclick: () => enlarge(image, "The whole snapshot") }, "Enlarge");
      whole.parentElement?.querySelector("summary")?.after(button);
    },
  });
  // Without a snapshot there is no probe to show either.
  const fallback = new MutationObserver(() => {
    const missing = whole.querySelector(".missing");
    if (missing) {
      fill(probe, h("p.missing", null, missing.textContent));
      probe.removeAttribute("aria-busy");
    }
  });
  fallback.observe(whole, { childList: true });
  const reference = picture(api, `/alerts/${alert.alert_id}/reference`, {
    alt: "Reference: the nearest photograph of the subject",
    signal,
    missing: "The reference was removed since.",
    shown: (image, headers) => fill(reference, cropped(image, headers.get("X-Face-Box"), "Reference: the nearest photograph of the subject")),
  });
  return h("div.compare", null,
    h("figure", null, probe, h("figcaption", null, h("strong", null, "Probe"), " – the camera's best look")),
    h("figure", null, reference, h("figcaption", null, h("strong", null, "Reference"), " – the nearest photograph")),
    h("details.whole", null, h("summary", null, "The whole snapshot"), whole));
}

/** The face of a picture in a square; the whole picture where no box is known. */
function cropped(image, box, alt) {
  const canvas = h("canvas", { width: SIDE, height: SIDE, role: "img", "aria-label": alt });
  const pen = canvas.getContext("2d");
  pen.imageSmoothingQuality = "high";
  const [x1, y1, x2, y2] = (box ?? "").split(",").map(Number);
  if (box && [x1, y1, x2, y2].every(Number.isFinite)) {
    const side = Math.max(x2 - x1, y2 - y1) * AROUND;
    pen.drawImage(image, (x1 + x2 - side) / 2, (y1 + y2 - side) / 2, side, side, 0, 0, SIDE, SIDE);
  } else {
    const scale = SIDE / Math.max(image.naturalWidth, image.naturalHeight);
    const [w, t] = [image.naturalWidth * scale, image.naturalHeight * scale];
    pen.drawImage(image, (SIDE - w) / 2, (SIDE - t) / 2, w, t);
  }
  return canvas;
}

function enlarge(image, title) {
  return openDialog({ title, wide: true, body: h("img", { src: image.src, alt: image.alt }), actions: [{ label: "Close", value: null, primary: true }] });
}
