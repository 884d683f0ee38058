// Dialogs over the page: <dialog> keeps the focus inside, and Escape answers null.

import { h, fill, newId } from "./dom.js";
import { problemBox } from "./problem.js";

/**
 * Open a dialog and wait for its answer.
 * @param {Object} options
 * @param {string} options.title
 * @param {Node|Array} options.body
 * @param {Array<{label: string, value?: any, primary?: boolean, danger?: boolean,
 *   run?: () => Promise<any>}>} [options.actions] `run` may fail: the problem is shown in the
 *   dialog, which stays open; what it returns (or else `value`) is the answer; undefined keeps the
 *   dialog open without a problem
 * @param {boolean} [options.wide]
 * @param {boolean} [options.stays] Escape does not close it
 * @param {AbortSignal} [options.signal] closes it with null
 * @param {(close: (answer: any) => void) => void} [options.ready] gets the way to close it
 * @param {boolean} [options.bare] the body holds a form of its own: forms cannot be nested
 * @returns {Promise<any>} null when it was left
 */
export function openDialog({ title, body, actions = [], wide = false, stays = false, signal = null, ready = null, bare = false }) {
  return new Promise((resolve) => {
    const id = newId("dialog");
    const trouble = h("div");
    let busy = false;
    let answer = null;
    const dialog = h(`dialog${wide ? ".wide" : ""}`, { "aria-labelledby": id });
    // The event `close` comes a task later: until then a key that is pressed would find the page busy.
    const left = () => {
      dialog.remove();
      resolve(answer);
    };
    const close = (value) => {
      answer = value;
      dialog.close();
      left();
    };
    const press = async (action) => {
      if (busy) return;
      if (!action.run) {
        close(action.value ?? null);
        return;
      }
      busy = true;
      dialog.setAttribute("aria-busy", "true");
      try {
        const found = await action.run();
        if (found !== undefined) close(found);
      } catch (error) {
        fill(trouble, problemBox(error));
      } finally {
        busy = false;
        dialog.removeAttribute("aria-busy");
      }
    };
    const form = h(
      bare ? "div.inner" : "form.inner",
      bare ? null : {
        method: "dialog",
        novalidate: true,
        onsubmit: (event) => {
          event.preventDefault();
          const main = actions.find((action) => action.primary);
          if (main) press(main);
        },
      },
      h("h2", { id, tabindex: "-1" }, title),
      h("div.body", null, body),
      trouble,
      actions.length > 0 &&
        h("div.actions", null, actions.map((action) =>
          h(`button${action.primary ? ".primary" : ""}${action.danger ? ".danger" : ""}`, {
            type: action.primary && !bare ? "submit" : "button",
            onclick: action.primary && !bare ? null : () => press(action),
          }, action.label),
        )),
    );
    dialog.append(form);
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      if (!stays && !busy) close(null);
    });
    dialog.addEventListener("close", left);
    signal?.addEventListener("abort", () => close(null), { once: true });
    document.body.append(dialog);
    ready?.(close);
    dialog.showModal();
    (form.querySelector("[autofocus], .body input, .body textarea, .body select") ?? form.querySelector("h2")).focus();
  });
}

/**
 * Ask before something is done; with `reason` also why.
 * @returns {Promise<null|string>} null: no; else the reason, "" where none was asked for
 */
export function ask({ title, text = "", action = "OK", danger = false, reason = null, run = null, signal = null }) {
  const id = newId("reason");
  const field = reason && h("textarea", { id, rows: 3, maxlength: 4000, dir: "auto", autofocus: true, required: reason.required !== false, "aria-describedby": `${id}-why` });
  if (field && reason.value) field.value = reason.value;
  field?.addEventListener("input", () => reason.oninput?.(field.value));
  const why = h("p.invalid", { id: `${id}-why`, hidden: true }, "Say why: it is kept with what you did.");
  return openDialog({
    title,
    signal,
    body: [text && h("p", null, text), field && h("div.field", null, h("label", { for: id }, reason.label ?? "Reason"), field, why)],
    actions: [
      { label: "Cancel", value: null },
      {
        label: action,
        primary: true,
        danger,
        run: async () => {
          const given = field ? field.value.trim() : "";
          if (field && field.required && !given) {
            why.hidden = false;
            field.setAttribute("aria-invalid", "true");
            field.focus();
            return undefined;
          }
          await run?.(given);
          return given;
        },
      },
    ],
  });
}
