// Where files are dropped, chosen or pasted; the same for mouse, touch and keyboard.

import { h, newId } from "../dom.js";

/**
 * @param {Object} options
 * @param {string} options.label what to drop here, in words
 * @param {string} [options.hint] sizes and kinds
 * @param {string} [options.accept] for the file dialog; the server tells kinds by their bytes
 * @param {boolean} [options.multiple]
 * @param {(files: File[]) => void} options.onfiles
 * @returns {HTMLElement}
 */
export function dropZone({ label, hint = "", accept = "image/*", multiple = true, onfiles }) {
  const hintId = newId("hint");
  const input = h("input.drop-input", {
    type: "file",
    accept,
    multiple,
    "aria-describedby": hint ? hintId : null,
    onchange: () => {
      give([...input.files]);
      input.value = "";
    },
  });
  const zone = h(
    "label.drop-zone",
    { ondragenter: over, ondragover: over, ondragleave: out, ondrop: dropped, onpaste: pasted },
    input,
    h("strong", null, label),
    h("span", { "aria-hidden": "true" }, "Drop here, paste, or press to choose"),
    hint && h("span.help", { id: hintId }, hint),
  );
  let depth = 0;

  function give(files) {
    const wanted = multiple ? files : files.slice(0, 1);
    if (wanted.length) onfiles(wanted);
  }

  function over(event) {
    if (![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    if (event.type === "dragenter") depth += 1;
    zone.classList.add("drop-over");
  }

  function out() {
    depth = Math.max(0, depth - 1);
    if (depth === 0) zone.classList.remove("drop-over");
  }

  function dropped(event) {
    event.preventDefault();
    depth = 0;
    zone.classList.remove("drop-over");
    give([...event.dataTransfer.files]);
  }

  function pasted(event) {
    const files = [...event.clipboardData.files];
    if (files.length) {
      event.preventDefault();
      give(files);
    }
  }

  return zone;
}
