// Signing in: login and password, then a code where one is needed; or a provider. The same form
// stands on the first page and in the dialog over a page whose session has ended.

import { Api } from "./api.js";
import { openDialog } from "./dialog.js";
import { fill, h, newId, said } from "./dom.js";
import { problemBox } from "./problem.js";

/** Nobody is signed in: no token, and a 401 is the answer, not a reason to ask. */
export const strangers = new Api({ token: () => "", again: async () => false });

/**
 * The form.
 * @param {Object} options
 * @param {string} [options.login] stands there already, and cannot be changed
 * @param {(state: Object) => void} options.done gets the session's state
 */
export function signInForm({ login = "", done }) {
  const id = newId("signin");
  const name = h("input", { id: `${id}-login`, autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true, readonly: Boolean(login), value: login, maxlength: 100 });
  const password = h("input", { id: `${id}-password`, type: "password", autocomplete: "current-password", required: true, maxlength: 200 });
  const code = h("input", { id: `${id}-code`, autocomplete: "one-time-code", inputmode: "text", autocapitalize: "none", spellcheck: "false", maxlength: 40, "aria-describedby": `${id}-help` });
  const second = h("div.field", { hidden: true }, h("label", { for: code.id }, "Code"), code,
    h("p.help", { id: `${id}-help` }, "Of your authenticator; or one of your recovery codes."));
  const trouble = h("div");
  const button = h("button.primary", { type: "submit" }, "Sign in");
  const form = h("form.form", { novalidate: true, "aria-label": "Sign in" },
    h("div.field", null, h("label", { for: name.id }, "Login"), name),
    h("div.field", null, h("label", { for: password.id }, "Password"), password),
    second, trouble, h("div.actions", null, button));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    event.stopPropagation();
    const first = [name, password].find((one) => !one.value);
    if (first) {
      first.focus();
      return;
    }
    button.disabled = true;
    fill(trouble);
    try {
      const answer = await strangers.post("/session", { login: name.value, password: password.value, code: code.value.trim() }, { key: null });
      if (answer.needs === "code") {
        if (!second.hidden) fill(trouble, h("div.problem", { role: "alert" }, h("p.what", null, "A code is needed.")));
        second.hidden = false;
        code.focus();
      } else done(answer);
    } catch (error) {
      fill(trouble, problemBox(error));
      (second.hidden ? password : code).select();
    } finally {
      button.disabled = false;
    }
  });
  form.begin = () => (name.value ? password : name).focus();
  return form;
}

/** The button of a provider, where one is configured; else nothing. */
export async function providerButton() {
  const offer = await strangers.get("/oidc").catch(() => null);
  return offer?.offered ? h("a.button", { href: "/api/v1/oidc/begin" }, "Sign in with ", said(offer.label)) : null;
}

/** Over the page: the session has ended. Resolves to the new state, or null when it was left. */
export function signInDialog(login, hasPassword) {
  let close = () => {};
  const form = signInForm({ login, done: (state) => close(state) });
  const body = hasPassword
    ? [h("p", null, "Your session has ended. Sign in and go on: nothing that you typed is lost."), form]
    : [h("p", null, "Your session has ended. Sign in again in another tab, then press “Go on”; nothing that you typed is lost."),
      h("p", null, h("a.button", { href: "/api/v1/oidc/begin", target: "_blank", rel: "noopener" }, "Sign in in another tab"))];
  const actions = [{ label: "Leave the page", run: async () => location.reload() }];
  if (!hasPassword) actions.unshift({ label: "Go on", primary: true, run: () => strangers.get("/session") });
  const answer = openDialog({ title: "Sign in again", body, actions, bare: true, stays: true, ready: (found) => { close = found; } });
  if (hasPassword) form.begin();
  return answer;
}
