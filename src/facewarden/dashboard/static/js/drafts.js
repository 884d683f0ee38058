// Words that were typed and not sent yet. They outlive a lost network, an ended session and a walk
// to another page; they are kept in memory only, for they may be about a person.

const kept = new Map();

/** Keep a field's text under a name until `drop`. */
export function keepDraft(field, name) {
  if (kept.has(name) && !field.value) field.value = kept.get(name);
  field.addEventListener("input", () => {
    if (field.value) kept.set(name, field.value);
    else kept.delete(name);
  });
}

export function draft(name) {
  return kept.get(name) ?? "";
}

export function setDraft(name, text) {
  if (text) kept.set(name, text);
  else kept.delete(name);
}

export function dropDraft(name) {
  kept.delete(name);
}

/** Forget all: somebody signs out. */
export function dropDrafts() {
  kept.clear();
}

/** Have the browser ask before the page is closed with unsent words. */
export function guardDrafts() {
  addEventListener("beforeunload", (event) => kept.size > 0 && event.preventDefault());
}
