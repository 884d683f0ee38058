// Every look of the track that has a picture, best first: one stop of the Tab key, walked with
// arrows. All of them are read at once, which is one entry in the audit log.

import { openDialog } from "../dialog.js";
import { fill, h } from "../dom.js";
import { problemBox } from "../problem.js";
import { roving } from "../table.js";
import { count, similarity, time } from "../words.js";

/**
 * A strip of pictures, and the way to tell it which there are now.
 * @param {Object} place with api and signal
 * @param {Object} alert
 * @returns {{root: HTMLElement, load: () => Promise<void>, told: (numbers: number[]) => void}}
 */
export function looksStrip({ api, signal }, alert) {
  const list = h("ul.looks", { "aria-label": "Looks of the track, best first" });
  const more = h("div", { role: "status" });
  const root = h("section.stack", { "aria-label": "Looks", hidden: true }, h("h3", null, "Looks"), list, more);
  const walk = roving(list, "button");
  let shown = null; // numbers of the looks that stand there
  let known = "";

  async function load({ focus = false } = {}) {
    fill(more);
    list.setAttribute("aria-busy", "true");
    try {
      const { looks } = await api.get(`/alerts/${alert.alert_id}/looks`, { signal });
      shown = numbersOf(looks.map((one) => one.number));
      root.hidden = looks.length === 0;
      fill(list, looks.map((look, place) => card(look, place, looks.length)));
      const first = list.querySelector("button");
      if (first) walk.select(first, focus);
    } catch (error) {
      if (error.name !== "AbortError") fill(more, problemBox(error, () => load()));
    } finally {
      list.removeAttribute("aria-busy");
    }
  }

  return {
    root,
    load,
    /** Pictures that stand there stay until somebody asks for those that have come. */
    told(numbers) {
      const now = numbersOf(numbers);
      if (now === known) return;
      known = now;
      if (numbers.length === 0) return;
      root.hidden = false;
      if (shown === null && !list.hasAttribute("aria-busy")) load();
      else if (now !== shown) {
        fill(more, h("p.note", null, `The track has ${count(numbers.length, "look")} now. `, h("button", { type: "button", onclick: () => load({ focus: true }) }, "Show them")));
      }
    },
  };
}

function numbersOf(numbers) {
  return [...numbers].sort((a, b) => a - b).join();
}

function card(look, place, all) {
  const source = `data:image/jpeg;base64,${look.jpeg}`;
  const alt = `Look ${look.number} of the track`;
  return h("li", null, h("button.look", { type: "button", onclick: () => enlarge(look, source, alt) },
    h("span.picture", null, h("img", { src: source, alt, width: look.width_px, height: look.height_px })),
    h("span.look-words", null, time(look.seen_at, { only: "clock" }), h("span", null, alike(look)),
      h("span.unseen", null, `, quality ${look.quality.toFixed(2)}, ${place + 1} of ${all}`))));
}

function alike(look) {
  return look.similarity === null ? "not among the nearest" : `similarity ${similarity(look.similarity)}`;
}

function enlarge(look, source, alt) {
  return openDialog({
    title: alt,
    body: h("div.look-large", null,
      h("img", { src: source, alt }),
      h("dl.facts", null, [
        ["Seen (camera's clock)", time(look.seen_at, { only: "full" })],
        ["Similarity of this look alone", look.similarity === null ? "the subject is not among those nearest to it" : similarity(look.similarity)],
        ["Quality, 0 to 1", look.quality.toFixed(2)],
      ].map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))))),
    actions: [{ label: "Close", value: null, primary: true }],
  });
}
