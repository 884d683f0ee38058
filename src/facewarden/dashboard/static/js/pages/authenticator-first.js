// Signed in, but the role must have an authenticator: nothing else is allowed before it is added.

import { fill, h, said } from "../dom.js";
import { addAuthenticator } from "../parts/authenticator.js";
import { gatePage } from "./login.js";

/** Fill the page; `added` is called when it is done. */
export function authenticatorFirst({ root, api, session, added, signOut }) {
  const add = h("button.primary", { type: "button", onclick: async () => (await addAuthenticator({ api, session })) && added() }, "Add an authenticator");
  fill(root, gatePage("An authenticator is needed",
    h("p", null, "You are signed in as ", said(session.login), ". Your role must have an authenticator beside the password: an app on your phone that shows a code. It takes a minute."),
    h("div.actions", null, add, h("button", { type: "button", onclick: signOut }, "Sign out"))));
  add.focus();
}
