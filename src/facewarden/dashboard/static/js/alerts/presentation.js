// Whether a living person was seen, or a picture of one: in words, and what was looked at.

import { fill, h, said } from "../dom.js";
import { picture } from "../picture.js";
import { count } from "../words.js";

const WORDS = {
  "bona fide": "A living person, by what was seen",
  "attack": "May be a photograph or a screen",
  "unsettled": "Not settled yet: more looks are needed. It will say so here",
  "not assessed": "Not assessed",
};

/** What stands above the pictures where somebody must know it before anything else; else null. */
export function presentationNote(alert) {
  if (alert.held) {
    return h("p.warning", null, h("strong", null, "Held: this may be a photograph or a screen."),
      " No sink was told of it, and nothing sounded. If later looks of the same passage show a living person, it goes out by itself; until then it waits for you.");
  }
  return alert.presentation?.verdict === "attack"
    ? h("p.warning", null, h("strong", null, "This may be a photograph or a screen.")) : null;
}

/**
 * What presentation attack detection says of an alert, with the looks that it saw.
 * @param {Object} place with api and signal
 * @returns {{root: HTMLElement, told: (alert: Object, pictured: boolean) => void, load: () => void}}
 */
export function presentationPanel({ api, signal }, id) {
  const words = h("div.stack");
  const strip = h("div.presentation-strip");
  const root = h("section.stack.presentation", { "aria-label": "Living person or picture", hidden: true }, h("h3", null, "Living person or picture"), words, strip);
  let pictured = false;
  let shown = false;

  function load() {
    if (!pictured) return;
    shown = true;
    fill(strip, h("figure", null,
      picture(api, `/alerts/${id}/presentation-picture`, { alt: "The looks that were judged, in order of time, coloured where they look like a living person", signal, missing: "They were deleted with time." }),
      h("figcaption", null, "The looks that were judged, in order of time. ", h("span.scale", { "aria-hidden": "true" }),
        " From no colour to red: where among these looks the most spoke for a living person. It shows what the model went by, and proves nothing.")));
  }

  return {
    root,
    load,
    /** Words are drawn anew; a picture that stands there stays until somebody asks for a better look. */
    told(alert, there) {
      pictured = there;
      root.hidden = !alert.presentation;
      if (!alert.presentation) return;
      fill(words, verdict(alert.presentation));
      if (there && !shown) load();
    },
  };
}

function verdict({ verdict: outcome, live, threshold, picture: one, clip, looks, models, reason }) {
  const parts = [
    one !== null && `from one picture ${one.toFixed(2)}`,
    clip !== null && `from ${count(looks, "look")} ${clip.toFixed(2)}`,
  ].filter(Boolean);
  return [
    h("p", null, h("strong", null, WORDS[outcome] ?? outcome), reason ? [": ", said(reason)] : "", "."),
    live !== null && h("p", null, `${live.toFixed(2)} of 1 speaks for a living person; below ${threshold.toFixed(2)} it counts as a picture`, parts.length ? ` (${parts.join(", ")})` : "", "."),
    models.length > 0 && h("p.quiet", null, "By ", said(models.join(", ")), ". It is a hint: compare the pictures, and look at the camera where that is possible."),
  ];
}
