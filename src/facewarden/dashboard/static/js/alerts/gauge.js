// How alike, against what was needed: a line with two marks, and the same in words.

import { h, said, svg } from "../dom.js";
import { count, similarity } from "../words.js";

const WIDTH = 320;

/** Draw the similarity of an alert beside its threshold; `likeness` is what the server says of it. */
export function gauge(alert, likeness) {
  const low = Math.min(0, alert.threshold - 0.1);
  const at = (value) => ((Math.min(1, Math.max(low, value)) - low) / (1 - low)) * WIDTH;
  const lead = alert.similarity - alert.threshold;
  return h(
    "div.gauge",
    null,
    h("p.gauge-words", null, h("strong", null, `Similarity ${similarity(alert.similarity)}`),
      ` – ${similarity(Math.abs(lead))} ${lead >= 0 ? "above" : "below"} the ${similarity(alert.threshold)} that an alert needs.`),
    svg("svg", { viewBox: `0 0 ${WIDTH} 30`, "aria-hidden": "true", preserveAspectRatio: "none" },
      svg("rect", { class: "rail", x: 0, y: 11, width: WIDTH, height: 8, rx: 4 }),
      svg("rect", { class: "beyond", x: at(alert.threshold), y: 11, width: WIDTH - at(alert.threshold), height: 8 }),
      svg("rect", { class: "needed", x: at(alert.threshold) - 1, y: 5, width: 2, height: 20 }),
      svg("rect", { class: "found", x: at(alert.similarity) - 3, y: 3, width: 6, height: 24, rx: 2 })),
    h("p", null, likeness.words),
    alert.second_opinion && h("p.second-opinion", null, ...secondOpinion(alert)),
    h("p.quiet", null, `Lead over the next subject ${similarity(alert.margin)}; ${alert.looks} ${alert.looks === 1 ? "look" : "looks"}. An alert is a candidate for a human.`),
  );
}

/** What a second model said, beside the first alone: the similarity above is what both say. */
function secondOpinion({ second_opinion: second, similarity: both }) {
  const who = [h("strong", null, "Second opinion"), " asked of ", said(second.model_id), ": "];
  if (second.similarity === null) return [...who, second.problem, "."];
  return [...who, `${similarity(second.similarity)} by its own scale, from ${count(second.looks, "look")}; the first model alone ${similarity(second.first_similarity)}, both together ${similarity(both)}.`];
}
