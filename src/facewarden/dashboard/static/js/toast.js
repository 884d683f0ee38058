// Short messages: seen for some seconds in a corner, and read out by screen readers.

import { h } from "./dom.js";

const SHOWN_MS = 8000;
let corner = null;
let voice = null;

/** Make the live regions; called once, before anything is said. */
export function startToasts(root) {
  corner = h("div.toasts", { role: "status", "aria-live": "polite" });
  voice = h("div.unseen", { role: "log", "aria-live": "polite" });
  root.append(corner, voice);
}

/** Say something; `kind`: "done", "warning" or "bad". With `action` {label, run} a button comes along. */
export function toast(text, { kind = "done", action = null } = {}) {
  const message = h(`div.toast.${kind}`, null, h("span", null, text));
  const close = () => message.remove();
  if (action) {
    message.append(h("button.plain", { type: "button", onclick: () => { close(); action.run(); } }, action.label));
  }
  message.append(h("button.plain", { type: "button", "aria-label": "Close message", onclick: close }, "×"));
  corner.append(message);
  // A message under the pointer or with the focus in it is being read.
  const leave = () => (message.matches(":hover, :focus-within") ? setTimeout(leave, SHOWN_MS) : close());
  setTimeout(leave, SHOWN_MS);
}

/** Say something to screen readers only. */
export function announce(text) {
  voice.append(h("p", null, text));
  while (voice.childElementCount > 5) voice.firstElementChild.remove();
}
