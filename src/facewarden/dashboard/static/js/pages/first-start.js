// The first start: the token of the console makes the first administrator, who then signs in and
// is offered an authenticator.

import { fill, h } from "../dom.js";
import { form } from "../form.js";
import { strangers } from "../signin.js";
import { addStrength, gatePage } from "./login.js";

const FIELDS = [
  { name: "token", label: "One-time token", required: true, help: "facewarden serve has printed it on its console.", attributes: { autocomplete: "off", spellcheck: "false", maxlength: 100 } },
  { name: "login", label: "Login", required: true, help: "What you sign in with; the audit log calls you so.", attributes: { autocomplete: "username", autocapitalize: "none", spellcheck: "false", maxlength: 100 } },
  { name: "password", label: "Password", type: "password", required: true, attributes: { autocomplete: "new-password", maxlength: 200 } },
];

/** Fill the page with the form of the first start. */
export function firstStart({ root, entered, token }) {
  const box = form({
    fields: FIELDS,
    value: { token },
    action: "Make the first administrator",
    submit: async (given) => {
      await strangers.post("/first-start", given, { key: null });
      const state = await strangers.post("/session", { login: given.login, password: given.password, code: "" }, { key: null });
      // The settings begin with the authenticator while there is none.
      location.hash = "#/settings?welcome=1";
      entered(state);
    },
  });
  addStrength(box.querySelector("[name=password]"), () => box.querySelector("[name=login]").value);
  fill(root, gatePage("First start", h("p", null, "Nobody can sign in yet. Make the first administrator; others are invited later."), box));
  box.querySelector(token ? "[name=login]" : "[name=token]").focus();
}
