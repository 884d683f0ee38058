// States and actions of alerts in words and signs; never by colour alone.

import { h } from "../dom.js";

const WORK = {
  "new": ["warn", "●", "new"],
  "acknowledged": ["info", "◐", "acknowledged"],
  "confirmed by one": ["info", "½", "confirmed by one"],
  "escalated": ["bad", "▲", "escalated"],
  "confirmed": ["good", "✓", "confirmed"],
  "rejected": ["", "✕", "rejected"],
};

export const WORK_NAMES = Object.keys(WORK);

/** A tag that says how far people are with an alert. */
export function workTag(work) {
  const [kind, sign, words] = WORK[work] ?? ["", "", work];
  return h(`span.tag${kind ? `.${kind}` : ""}`, null, h("span", { "aria-hidden": "true" }, sign), words);
}

/** A tag of what looks like a picture of the subject; null where nothing does. */
export function presentationTag(alert) {
  if (!alert.held && alert.presentation?.verdict !== "attack") return null;
  return h("span.tag.warn", null, h("span", { "aria-hidden": "true" }, "▣"), alert.held ? "held: picture?" : "picture?");
}

const DID = {
  "acknowledge": "acknowledged it",
  "comment": "commented",
  "escalate": "escalated it",
  "hand over": "handed it over",
  "confirm": "confirmed the candidate",
  "reject": "rejected the candidate",
  "reopen": "opened it again",
};

export function didWhat(action) {
  return DID[action] ?? action;
}
