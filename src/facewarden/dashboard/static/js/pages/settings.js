// One's own account: password, authenticator, sessions, API keys, and how this browser shows things.

import { openDialog } from "../dialog.js";
import { fill, h, newId, said } from "../dom.js";
import { form } from "../form.js";
import { problemBox } from "../problem.js";
import { table } from "../table.js";
import { THEMES, lettersOn, setLetters, setTheme, theme } from "../theme.js";
import { toast } from "../toast.js";
import { time } from "../words.js";
import { addAuthenticator, passwordAgain } from "../parts/authenticator.js";
import { addStrength } from "./login.js";

const KEY_DAYS = 366; // the longest that the server lets a key last

export async function render(place) {
  const { root, session, query } = place;
  const welcome = query.get("welcome") && !session.state.has_totp;
  const boxes = [
    [session.state.has_password && authenticator(place), welcome],
    [session.state.has_password && password(place)],
    [sessions(place)],
    [keys(place)],
    [display()],
    [rights(session)],
  ];
  fill(root, welcome && h("p.note", null, "Welcome. A password alone can be stolen: add an authenticator now, it takes a minute."),
    h("div.account", null, boxes.map(([box]) => box)));
}

function panel(title, ...content) {
  const id = newId("panel");
  return h("section.panel.stack", { "aria-labelledby": id }, h("h2", { id }, title), content);
}

function authenticator({ api, session }) {
  const box = h("div.stack");
  const draw = () => {
    const { has_totp: on, recovery_codes_left: left } = session.state;
    fill(box,
      h("p", null, on ? [h("span.tag.good", null, h("span", { "aria-hidden": "true" }, "✓"), "on"), ` ${left} recovery ${left === 1 ? "code" : "codes"} left.`]
        : [h("span.tag.warn", null, h("span", { "aria-hidden": "true" }, "○"), "off"), " Only your password protects your account."]),
      h("div.row", null, h("button", { type: "button", class: on ? "" : "primary", onclick: add }, on ? "Renew it" : "Add an authenticator"),
        on && h("button.danger", { type: "button", onclick: remove }, "Turn it off")));
  };
  const again = async () => {
    await session.load();
    draw();
  };
  const add = async () => {
    if (!(await addAuthenticator({ api, session }))) return;
    draw();
    toast("The authenticator is on.");
  };
  const remove = async () => {
    const gone = await passwordAgain("Turn the authenticator off", session, async (given) => {
      await api.post("/session/totp/remove", given, { key: null });
      return true;
    });
    if (gone) {
      await again();
      toast("The authenticator is off.", { kind: "warning" });
    }
  };
  draw();
  return panel("Authenticator", h("p.quiet", null, "A code of your phone beside the password (TOTP)."), box);
}

function password({ api, session }) {
  const box = form({
    fields: [
      { name: "current", label: "Present password", type: "password", required: true, attributes: { autocomplete: "current-password", maxlength: 200 } },
      { name: "new", label: "New password", type: "password", required: true, attributes: { autocomplete: "new-password", maxlength: 200 } },
    ],
    action: "Change the password",
    submit: async (given) => {
      session.take(await api.post("/session/password", given, { key: null }));
      box.reset();
      toast("Your password is changed; every other session has ended.");
    },
  });
  addStrength(box.querySelector("[name=new]"), () => session.login);
  return panel("Password", box);
}

function sessions({ api, signal }) {
  const box = h("div.stack");
  const draw = async () => {
    try {
      const { items } = await api.get("/session/all", { signal });
      fill(box, h("ul.sessions", null, items.map((one) => h("li", null,
        h("div", null, h("strong", null, said(browserOf(one.agent))), one.current && [" ", h("span.tag.info", null, "this one")],
          h("p.quiet", null, said(one.address || "address not known"), " · since ", time(one.created_at), " · used ", time(one.used_at), " · ends ", time(one.expires_at))),
        !one.current && h("button", { type: "button", "aria-label": `End the session of ${browserOf(one.agent)}`, onclick: () => end(one.session_id) }, "End")))));
    } catch (error) {
      if (error.name !== "AbortError") fill(box, problemBox(error, draw));
    }
  };
  const end = async (id) => {
    try {
      await api.delete(`/session/all/${id}`);
      toast("That session has ended.");
    } catch (error) {
      if (error.status !== 404) fill(box, problemBox(error, draw));
    }
    await draw();
  };
  draw();
  return panel("Where you are signed in", box);
}

/** A browser and its system, as far as it says. */
function browserOf(agent) {
  const browser = ["Firefox", "Edg", "OPR", "Chrome", "Safari"].find((name) => agent.includes(`${name}/`));
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux"].find((name) => agent.includes(name));
  const names = { Edg: "Edge", OPR: "Opera" };
  return [names[browser] ?? browser, system].filter(Boolean).join(" on ") || agent.slice(0, 40) || "a browser";
}

function keys({ api, session }) {
  const list = table({
    caption: "Your API keys",
    columns: [
      { title: "Name", cell: (one) => said(one.name) },
      { title: "Rights", cell: (one) => one.permissions.join(", ") },
      { title: "Ends", cell: (one) => (one.expired ? h("span.tag", null, "ended") : time(one.expires_at)) },
      { title: "Last used", cell: (one) => time(one.used_at) },
      { title: "", cell: (one) => h("button.danger", { type: "button", "aria-label": `Revoke ${one.name}`, onclick: () => revoke(one) }, "Revoke") },
    ],
    load: (cursor) => api.page("/keys", { cursor }),
    empty: "You have no API keys.",
  });
  const revoke = async (one) => {
    const answer = await openDialog({ title: "Revoke the key?", body: h("p", null, "Programs that use ", said(one.name), " are refused from now on."),
      actions: [{ label: "Cancel", value: null }, { label: "Revoke", primary: true, danger: true, run: async () => {
        await api.delete(`/keys/${one.key_id}`);
        return true;
      } }] });
    if (answer) list.reload();
  };
  const add = async () => {
    let close = () => {};
    const soon = new Date(Date.now() + 30 * 86_400_000).toISOString();
    const box = form({
      fields: [
        { name: "name", label: "What it is for", required: true, attributes: { maxlength: 100 } },
        { name: "permissions", label: "What it may do", type: "checks", required: true, options: session.state.permissions },
        { name: "expires_at", label: "Ends", type: "datetime", required: true, help: `Within ${KEY_DAYS} days.` },
      ],
      value: { expires_at: soon },
      action: "Make the key",
      submit: async (given, key) => {
        const { watchlists, camera_groups } = session.state;
        close(await api.post("/keys", { ...given, watchlists, camera_groups }, { key }));
      },
      cancel: () => close(null),
    });
    const made = await openDialog({ title: "A new API key", bare: true, wide: true, body: box, ready: (found) => { close = found; } });
    if (!made) return;
    list.reload();
    const secret = h("input", { readonly: true, value: made.secret, "aria-label": "The key" });
    await openDialog({ title: "Keep this key", stays: true, body: [h("p", null, "It is shown this once. Send it as ", h("code", null, "Authorization: Bearer …")), secret],
      actions: [{ label: "Copy", run: async () => {
        secret.select();
        await navigator.clipboard?.writeText(made.secret).catch(() => {});
        return undefined;
      } }, { label: "I have kept it", primary: true, value: true }] });
  };
  return panel("API keys", h("p.quiet", null, "What your programs sign in with; a key never may more than you."), list,
    h("div.row", null, h("button", { type: "button", onclick: add }, "Make a key")));
}

function display() {
  const id = newId("display");
  const names = { system: "As the system", light: "Light", dark: "Dark" };
  return panel("This browser",
    h("div.field", null, h("label", { for: id }, "Colours"), h("select", { id, onchange: (event) => setTheme(event.target.value) },
      THEMES.map((name) => h("option", { value: name, selected: name === theme() }, names[name])))),
    h("label.check", null, h("input", { type: "checkbox", checked: lettersOn(), onchange: (event) => setLetters(event.target.checked) }),
      h("span", null, "Single letters are commands (press ? for the list)")));
}

function rights(session) {
  const { role, permissions, watchlists, camera_groups } = session.state;
  const all = (names, word) => (names === null ? `all ${word}` : names.length === 0 ? `no ${word}` : [...names].map((name) => name || "(without a group)").join(", "));
  return panel("What you may do", h("dl.facts", null,
    [["Role", role], ["Watchlists", all(watchlists, "watchlists")], ["Camera groups", all(camera_groups, "camera groups")], ["Session ends", time(session.state.expires_at)]]
      .map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, typeof value === "string" ? said(value) : value)))),
  h("p.quiet", null, permissions.join(", ")));
}
