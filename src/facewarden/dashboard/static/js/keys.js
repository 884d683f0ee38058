// Keyboard commands of the page one is on, and the list of them that `?` shows.

import { h } from "./dom.js";
import { openDialog } from "./dialog.js";
import { lettersOn } from "./theme.js";

const bound = new Set();
const TYPING = "input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable]";

/**
 * Have keys do something until `signal` aborts.
 * @param {Array<{key: string, what: string, run: (event: KeyboardEvent) => void}>} commands
 *   `key` as KeyboardEvent.key has it; `what` in words for the list
 */
export function bindKeys(signal, commands, title = "This page") {
  const entry = { title, commands };
  bound.add(entry);
  signal.addEventListener("abort", () => bound.delete(entry));
}

/** Listen; called once. */
export function startKeys() {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    if (event.key.length === 1 && !lettersOn()) return;
    if (event.key === "?") {
      event.preventDefault();
      showKeys();
      return;
    }
    for (const { commands } of [...bound].reverse()) {
      const found = commands.find((one) => one.key === event.key);
      if (found) {
        event.preventDefault();
        found.run(event);
        return;
      }
    }
  });
}

/** Show every command that works now. */
export function showKeys() {
  const groups = [...bound].map(({ title, commands }) => [
    h("h3", null, title),
    h("dl.keys", null, commands.map(({ key, what }) => h("div", null, h("dt", null, h("kbd", null, NAMES[key] ?? key)), h("dd", null, what)))),
  ]);
  const off = lettersOn() ? [] : [h("p.note", null, "Letters as commands are turned off in your settings.")];
  return openDialog({ title: "Keyboard", body: [...off, ...groups], actions: [{ label: "Close", value: null, primary: true }] });
}

const NAMES = { ArrowDown: "↓", ArrowUp: "↑", Enter: "Enter", Escape: "Esc", " ": "Space" };
