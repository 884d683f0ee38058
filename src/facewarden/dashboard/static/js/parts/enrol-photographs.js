// Photographs of one subject on their way: each with a small picture, its state, and why it was
// refused; where it shows several people, which of them is meant.

import { newKey } from "../api.js";
import { fill, h, said } from "../dom.js";
import { inShort } from "../problem.js";
import { announce } from "../toast.js";
import { badge } from "./facts.js";

const SEVERAL = /^several faces found/;
const AGAIN_MS = 2000;

/**
 * @param {Object} options
 * @param {() => Promise<number>} options.subject gives the subject's id, made when first needed
 * @param {HTMLElement} options.living the tick box of living-person.js
 * @param {() => void} [options.onadded] a photograph was added
 * @returns {HTMLElement} with `add(files)`, `waiting` (how many are not done) and `done`, a promise
 */
export function enrolmentList({ api, signal, subject, living, onadded = () => {} }) {
  const list = h("ol.enrolments");
  const summary = h("p.enrolment-summary", { role: "status" });
  const root = h("div", null, summary, list);
  const entries = [];
  let running = false;

  root.add = (files) => {
    for (const file of files) {
      const entry = { file, state: "waiting", face: "", key: newKey(), row: h("li.enrolment") };
      entry.address = URL.createObjectURL(file);
      signal.addEventListener("abort", () => URL.revokeObjectURL(entry.address), { once: true });
      entries.push(entry);
      list.append(entry.row);
      show(entry);
    }
    run();
  };
  Object.defineProperty(root, "waiting", { get: () => entries.filter((one) => one.state === "waiting" || one.state === "sending").length });

  async function run() {
    if (running) return;
    running = true;
    try {
      for (let entry; !signal.aborted && (entry = entries.find((one) => one.state === "waiting")); ) await send(entry);
    } finally {
      running = false;
      summarise(true);
    }
  }

  async function send(entry) {
    become(entry, "sending", { share: 0 });
    try {
      const id = await subject();
      const answer = await api.upload(`/subjects/${id}/references`, entry.file, {
        key: entry.key,
        query: { filename: entry.file.name.slice(-200), face: entry.face, ...living.query },
        signal,
        onprogress: (share) => entry.bar && (entry.bar.value = share),
      });
      become(entry, answer.outcome === "added" ? "added" : "present", { answer });
      if (answer.outcome === "added") onadded();
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!error.lost) {
        become(entry, "refused", { error });
        return;
      }
      // The network is gone, not the photograph: it goes again, with the same key.
      become(entry, "waiting", { lost: true });
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  function become(entry, state, more = {}) {
    Object.assign(entry, { state, answer: null, error: null, lost: false }, more);
    show(entry);
    summarise(false);
  }

  function show(entry) {
    const several = entry.state === "refused" && SEVERAL.test(entry.error.detail);
    entry.bar = entry.state === "sending" ? h("progress", { max: 1, value: 0, "aria-label": `Sending ${entry.file.name}` }) : null;
    fill(
      entry.row,
      thumbnail(entry),
      h(
        "div.enrolment-words",
        null,
        h("p.enrolment-name", null, said(entry.file.name)),
        stateOf(entry),
        entry.bar,
        entry.answer?.quality !== null && entry.answer?.quality !== undefined && quality(entry.answer.quality),
        entry.answer?.warnings.map((one) => h("p.warning", null, one)),
        entry.answer?.reason && h("p", null, entry.answer.reason),
        several && whichFace(entry),
        entry.state === "refused" && !several && h("p.why", null, inShort(entry.error)),
        entry.state === "refused" && !several && h("button", { type: "button", onclick: () => again(entry) }, "Try again"),
      ),
    );
  }

  function thumbnail(entry) {
    const image = h("img.enrolment-picture", { src: entry.address, alt: "" });
    image.addEventListener("error", () => image.replaceWith(h("span.enrolment-picture", { "aria-hidden": "true" }, "?")));
    return image;
  }

  function stateOf(entry) {
    const words = {
      waiting: [entry.lost ? "Waiting for the connection" : "Waiting", "info"],
      sending: ["Sending and looking for the face", "info"],
      added: ["Added", "good"],
      present: ["Already there", "good"],
      refused: ["Refused", "bad"],
    }[entry.state];
    return badge(...words);
  }

  function whichFace(entry) {
    const found = /found (\d+)/.exec(entry.error.detail);
    const most = Math.max(2, Number(found?.[1] ?? 2));
    const send = (face) => {
      entry.face = face;
      again(entry);
    };
    return h(
      "div",
      { role: "group", "aria-label": "Which face is meant" },
      h("p.why", null, `It shows ${most} faces of like size. Which of them is the subject, counted from the left?`),
      h(
        "div.row",
        null,
        Array.from({ length: most }, (_, at) => h("button", { type: "button", onclick: () => send(String(at + 1)) }, `Face ${at + 1}`)),
        h("button", { type: "button", onclick: () => send("largest") }, "The largest"),
      ),
    );
  }

  function again(entry) {
    entry.key = newKey();
    become(entry, "waiting");
    run();
  }

  function summarise(finished) {
    const number = (state) => entries.filter((one) => one.state === state).length;
    const left = number("waiting") + number("sending");
    const parts = [
      `${number("added")} added`,
      number("present") > 0 && `${number("present")} already there`,
      number("refused") > 0 && `${number("refused")} refused`,
      left > 0 && `${left} to go`,
    ].filter(Boolean);
    summary.textContent = entries.length ? parts.join(", ") : "";
    if (finished && entries.length) announce(`Photographs: ${summary.textContent}`);
  }

  return root;
}

/** Quality as a bar and a number: higher makes a better reference. */
export function quality(value) {
  return h("p.quality", null, h("meter", { min: 0, max: 1, value, "aria-label": "Quality" }), h("span", null, ` Quality ${value.toFixed(2)} of 1`));
}
