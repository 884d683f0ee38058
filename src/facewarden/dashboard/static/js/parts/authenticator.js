// Adding an authenticator: the password once more, a code to scan, recovery codes to keep.

import { openDialog } from "../dialog.js";
import { h, newId } from "../dom.js";

/** Resolves to true when one was added, and the session knows of it. */
export async function addAuthenticator({ api, session }) {
  const proposal = await passwordAgain("Add an authenticator", session, (given) => api.post("/session/totp", given, { key: null }));
  if (!proposal) return false;
  const codes = await confirmCode(api, proposal);
  if (!codes) return false;
  await showCodes(codes.codes);
  await session.load();
  return true;
}

/** Ask for the password once more, and for a code where there is an authenticator. */
export function passwordAgain(title, session, run) {
  const id = newId("again");
  const password = h("input", { id, type: "password", autocomplete: "current-password", required: true, maxlength: 200 });
  const code = session.state.has_totp && h("input", { id: `${id}-code`, autocomplete: "one-time-code", maxlength: 40, required: true });
  return openDialog({
    title,
    body: [h("input", { type: "text", autocomplete: "username", value: session.login, hidden: true }),
      h("div.field", null, h("label", { for: id }, "Your password"), password),
      code && h("div.field", null, h("label", { for: `${id}-code` }, "Code of your authenticator"), code)],
    actions: [{ label: "Cancel", value: null }, { label: "Go on", primary: true, run: () => run({ password: password.value, code: code ? code.value.trim() : "" }) }],
  });
}

function confirmCode(api, proposal) {
  const id = newId("code");
  const code = h("input", { id, inputmode: "numeric", autocomplete: "one-time-code", maxlength: 10, required: true, autofocus: true });
  return openDialog({
    title: "Scan it, then type the code",
    body: [
      h("img.qr", { src: `data:image/svg+xml,${encodeURIComponent(proposal.qr_svg)}`, alt: "QR code for the authenticator; the same as the words below" }),
      h("p", null, "Or type this into the authenticator: ", h("code.secret", null, proposal.secret.replace(/(.{4})/g, "$1 ").trim())),
      h("div.field", null, h("label", { for: id }, "The code that it shows"), code),
    ],
    actions: [{ label: "Cancel", value: null }, { label: "Turn it on", primary: true, run: () => api.post("/session/totp/confirm", { code: code.value.trim() }, { key: null }) }],
  });
}

function showCodes(codes) {
  return openDialog({
    title: "Keep these recovery codes",
    stays: true,
    body: [h("p", null, "Each takes the place of a code once, for when the phone is lost. They are shown this once."),
      h("ul.codes", null, codes.map((one) => h("li", null, h("code", null, one))))],
    actions: [{ label: "I have kept them", primary: true, value: true }],
  });
}
