// Before anybody is signed in: the first start, an invitation, signing in.

import { fill, h } from "../dom.js";
import { form } from "../form.js";
import { providerButton, signInForm, strangers } from "../signin.js";

const LEAST = 12; // characters, as the server asks

/**
 * Fill the page for somebody who is not signed in.
 * @param {{root: HTMLElement, api: import("../api.js").Api, entered: (state) => void}} place
 */
export async function gate({ root, api, entered }) {
  const [, word, secret] = /^#(first-start|invitation|sign-in-problem)=(.*)$/.exec(location.hash) ?? [];
  if (word) history.replaceState(null, "", location.pathname); // a token does not stay in sight
  const { needed } = await api.get("/first-start");
  if (needed) {
    const { firstStart } = await import("./first-start.js");
    firstStart({ root, entered, token: word === "first-start" ? decodeURIComponent(secret) : "" });
  } else if (word === "invitation") accept({ root, entered, token: decodeURIComponent(secret) });
  else await signIn({ root, entered, problem: word === "sign-in-problem" ? decodeURIComponent(secret) : "" });
}

/** The frame that all of them stand in. */
export function gatePage(title, ...content) {
  document.title = `${title} · facewarden`;
  return h("main.gate", { id: "main" }, h("p.brand", null, h("span.mark", { "aria-hidden": "true" }), "facewarden"), h("h1", null, title), content);
}

async function signIn({ root, entered, problem, note = "", login = "" }) {
  const box = signInForm({ done: entered });
  if (login) box.querySelector("input").value = login;
  const provider = h("div");
  fill(root, gatePage("Sign in",
    note && h("p.note", { role: "status" }, note),
    problem && h("div.problem", { role: "alert" }, h("p.what", null, `Signing in with the provider did not work: ${problem}.`)),
    box, provider,
    h("p.help", null, h("button.plain", { type: "button", onclick: () => accept({ root, entered, token: "" }) }, "I have an invitation"))));
  box.begin();
  const button = await providerButton();
  if (button) fill(provider, h("p.or", null, "or"), button);
}

function accept({ root, entered, token }) {
  const fields = [
    { name: "token", label: "Token of the invitation", required: true, attributes: { autocomplete: "off", spellcheck: "false" } },
    { name: "password", label: "Your password", type: "password", required: true, attributes: { autocomplete: "new-password" } },
  ];
  const box = form({
    fields,
    value: { token },
    action: "Set the password",
    submit: async (given) => {
      await strangers.post("/session/invitation", given, { key: null });
      await signIn({ root, entered, problem: "", note: "Your password is set. Sign in with it." });
    },
    cancel: () => signIn({ root, entered, problem: "" }),
  });
  addStrength(box.querySelector("[name=password]"), () => "");
  fill(root, gatePage("Your invitation", box));
  box.querySelector(token ? "[name=password]" : "[name=token]").focus();
}

/** Say beside a new password how good it is: what the server will ask for, and a rough strength. */
export function addStrength(input, login) {
  const meter = h("meter", { min: 0, max: 4, low: 2, high: 3, optimum: 4, "aria-hidden": "true" });
  const words = h("p.help", { role: "status" });
  const show = () => {
    const { score, text } = strength(input.value, login());
    meter.value = score;
    words.textContent = text;
  };
  input.addEventListener("input", show);
  show();
  input.closest(".field").append(meter, words);
}

/**
 * A rough strength in words, by length and variety. The server has the last word: it also knows
 * the commonest passwords.
 */
export function strength(password, login) {
  const length = [...password].length;
  if (length === 0) return { score: 0, text: `At least ${LEAST} characters; several words are good.` };
  if (length < LEAST) return { score: 1, text: `${LEAST - length} more ${LEAST - length === 1 ? "character" : "characters"} needed.` };
  if (login && password.toLowerCase().includes(login.toLowerCase())) return { score: 1, text: "It holds your login: easily guessed." };
  const different = new Set(password.toLowerCase()).size;
  if (different < 6) return { score: 1, text: "It repeats few characters: easily guessed." };
  const score = length >= 20 && different >= 10 ? 4 : length >= 15 && different >= 8 ? 3 : 2;
  return { score, text: { 2: "Long enough; longer is better.", 3: "Good.", 4: "Very good." }[score] };
}
