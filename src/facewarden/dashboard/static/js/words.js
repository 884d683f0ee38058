// Times, numbers and shares as people read them. Times come in UTC and are shown in local time.

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const day = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const number = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 3 });

import { h } from "./dom.js";

/** A <time> in local time, the exact UTC time as its title; "–" for null. */
export function time(text, { only = "" } = {}) {
  if (!text) return h("span", null, "–");
  const at = new Date(text);
  const format = only === "clock" ? clock : only === "day" ? day : sameDay(at) && only !== "full" ? clock : moment;
  return h("time", { datetime: text, title: text }, format.format(at));
}

function sameDay(at) {
  return at.toDateString() === new Date().toDateString();
}

/** How long ago in words: "12 s ago", "3 min ago". */
export function ago(text, now = Date.now()) {
  const s = Math.max(0, (now - new Date(text).getTime()) / 1000);
  if (s < 60) return `${Math.floor(s)} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ago`;
  return `${Math.floor(s / 86400)} days ago`;
}

/** A number with three significant figures. */
export function figure(value) {
  return value === null || value === undefined ? "–" : number.format(value);
}

/** A similarity with three decimals, as thresholds are given. */
export function similarity(value) {
  return value === null || value === undefined ? "–" : value.toFixed(3);
}

/** "1 face", "2 faces". */
export function count(n, one, many = `${one}s`) {
  return `${n.toLocaleString()} ${n === 1 ? one : many}`;
}

/** What a <input type="datetime-local"> holds for a time, and back. */
export function toLocalInput(text) {
  if (!text) return "";
  const at = new Date(text);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60000).toISOString().slice(0, 19);
}

export function fromLocalInput(value) {
  return value ? new Date(value).toISOString() : null;
}
