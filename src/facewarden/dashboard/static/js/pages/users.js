// People who may sign in: invited, limited, disabled, reset.

import { ask, openDialog } from "../dialog.js";
import { fill, h, said } from "../dom.js";
import { form, saveMerging } from "../form.js";
import { go, href } from "../router.js";
import { table } from "../table.js";
import { toast } from "../toast.js";
import { time } from "../words.js";
import { badge, facts, section } from "../parts/facts.js";
import { allCameras, watchlistNames } from "../parts/known.js";

const ROLES = [
  { value: "viewer", label: "viewer: sees alerts, cameras, subjects" },
  { value: "operator", label: "operator: also reviews alerts and looks faces up" },
  { value: "supervisor", label: "supervisor: also enrols, authorises, reports" },
  { value: "administrator", label: "administrator: everything, without limits" },
  { value: "auditor", label: "auditor: audit and reports, never whose face it was" },
];

export async function render(place) {
  const { parts } = place;
  if (parts[0] === "new") return invite(place);
  if (parts.length) return one(place, parts[0]);
  return list(place);
}

async function list({ root, api, signal, title }) {
  title("Users", h("a.button.primary", { href: href("users", ["new"]) }, "Invite somebody"));
  fill(
    root,
    table({
      caption: "Users",
      columns: [
        { title: "Login", cell: (one) => said(one.login) },
        { title: "Role", cell: (one) => one.role },
        { title: "State", cell: state },
        { title: "Authenticator", cell: (one) => (one.has_totp ? "yes" : "no") },
        { title: "Watchlists", cell: (one) => limit(one.watchlists) },
        { title: "Camera groups", cell: (one) => limit(one.camera_groups) },
        { title: "Last signed in", cell: (one) => time(one.signed_in_at, { only: "full" }) },
      ],
      link: (one) => href("users", [one.user_id]),
      load: (cursor) => api.page("/users", { cursor, signal }),
    }),
  );
}

function state(one) {
  if (one.disabled) return badge("disabled", "bad");
  if (!one.has_password && !one.oidc_issuer) return badge("invited", "info");
  return badge("may sign in", "good");
}

function limit(names) {
  return names === null ? "all" : names.length ? names.map((name) => name || "(no group)").join(", ") : "none";
}

async function rightsFields(api, session, signal) {
  const [lists, cameras] = await Promise.all([watchlistNames(api, session, signal), allCameras(api, session, signal)]);
  const groups = [...new Set(cameras.map((one) => one.setup.group ?? ""))].sort();
  return (given = {}) => {
    const more = (known, own) => [...new Set([...known, ...(own ?? [])])];
    return [
      { name: "role", label: "Role", type: "select", required: true, options: ROLES },
      { name: "lists_limited", label: "Limited to some watchlists", type: "checkbox" },
      { name: "watchlists", label: "Watchlists", type: "checks", options: more(lists, given.watchlists) },
      { name: "groups_limited", label: "Limited to some camera groups", type: "checkbox" },
      { name: "camera_groups", label: "Camera groups", type: "checks", options: more(groups, given.camera_groups).map((name) => ({ value: name, label: name || "(cameras without a group)" })) },
    ];
  };
}

function shownRights(one) {
  return { role: one.role, lists_limited: one.watchlists !== null, watchlists: one.watchlists ?? [], groups_limited: one.camera_groups !== null, camera_groups: one.camera_groups ?? [] };
}

function rightsOf({ lists_limited, groups_limited, ...rest }) {
  return { ...rest, watchlists: lists_limited ? rest.watchlists : null, camera_groups: groups_limited ? rest.camera_groups : null };
}

/** Lists of limits are shown only where there is a limit. */
function followLimits(fields) {
  const follow = () => {
    for (const [box, name] of [["lists_limited", "Watchlists"], ["groups_limited", "Camera groups"]]) {
      const on = fields.querySelector(`[name=${box}]`).checked;
      const set = [...fields.querySelectorAll("fieldset")].find((one) => one.firstElementChild.textContent === name);
      set.hidden = !on;
    }
  };
  fields.addEventListener("change", follow);
  follow();
  return fields;
}

async function invite({ root, api, session, signal, title }) {
  title("Invite somebody");
  const fields = (await rightsFields(api, session, signal))();
  fill(
    root,
    followLimits(
      form({
        fields: [{ name: "login", label: "Login", required: true, help: "Without spaces, as in an address of e-mail; it stands in the audit log.", attributes: { maxlength: 100, autocomplete: "off" } }, ...fields],
        value: { role: "viewer" },
        action: "Invite",
        submit: async ({ login, ...rights }, key) => {
          const made = await api.post("/users", { login, ...rightsOf(rights) }, { key, signal });
          await handOver(made, signal);
          go("users", [made.user.user_id]);
        },
        cancel: () => go("users"),
      }),
    ),
  );
}

/** Show the one-time token. */
function handOver({ user, invitation }, signal) {
  const token = h("input", { readonly: true, value: invitation, "aria-label": "Invitation", onfocus: (event) => event.target.select() });
  return openDialog({
    title: `Invitation for ${user.login}`,
    signal,
    stays: true,
    body: [
      h("p", null, "Hand it over in person; it is shown this once, and is valid for 72 hours. They open this dashboard, choose “I have an invitation”, and set their password."),
      h("div.with-button", null, token, h("button", { type: "button", onclick: async () => { await navigator.clipboard?.writeText(invitation); token.select(); } }, "Copy")),
    ],
    actions: [{ label: "I have handed it over", primary: true, value: true }],
  });
}

async function one({ root, api, session, signal, title }, id) {
  const path = `/users/${id}`;
  let { data: user, etag } = await api.read(path, { signal });
  const makeFields = await rightsFields(api, session, signal);
  const keys = table({
    caption: "API keys",
    columns: [
      { title: "Name", cell: (key) => said(key.name) },
      { title: "Key", cell: (key) => h("code", null, `fw_${key.key_id}_…`) },
      { title: "Last used", cell: (key) => time(key.used_at, { only: "full" }) },
      { title: "Expires", cell: (key) => (key.expired ? badge("expired", "bad") : time(key.expires_at, { only: "full" })) },
      { title: "Revoke", cell: (key) => h("button.danger", { type: "button", "aria-label": `Revoke ${key.name}`, onclick: () => revoke(key) }, "Revoke") },
    ],
    load: (cursor) => api.page(`${path}/keys`, { cursor, signal }),
    empty: "No API key.",
  });
  show();

  function show() {
    const self = user.user_id === session.state.user_id;
    const fields = makeFields(user);
    const base = shownRights(user);
    const begun = etag;
    title(user.login, state(user));
    fill(
      root,
      h(
        "div.two",
        null,
        section(
          "What they may do",
          followLimits(
            form({
              fields,
              value: base,
              action: "Save",
              submit: async (mine) => {
                const saved = await saveMerging({
                  fields,
                  base,
                  mine,
                  etag: begun,
                  read: () => api.read(path, { signal }),
                  fieldsOf: shownRights,
                  save: (value, tag) => api.patch(path, rightsOf(value), tag, { signal }),
                });
                if (saved === null) return;
                ({ data: user, etag } = saved);
                show();
                toast("Saved. It holds from their next request on.");
              },
            }),
          ),
        ),
        h(
          "div.pile",
          null,
          section(
            "Account",
            facts([
              ["Made", time(user.created_at, { only: "full" })],
              ["Last signed in", time(user.signed_in_at, { only: "full" })],
              ["Password", user.has_password ? "set" : "none"],
              ["Authenticator", user.has_totp ? "yes" : "no"],
              ["Vouched for by", user.oidc_issuer],
            ]),
            self && h("p.note", null, "This is you."),
            h(
              "div.row",
              null,
              h("button", { type: "button", onclick: reset }, "Reset"),
              h(user.disabled ? "button" : "button.danger", { type: "button", onclick: () => able(!user.disabled) }, user.disabled ? "Enable" : "Disable"),
            ),
          ),
          section("API keys", keys),
        ),
      ),
    );
  }

  async function able(disabled) {
    const done = await ask({
      title: disabled ? `Disable ${user.login}?` : `Enable ${user.login}?`,
      text: disabled ? "All their sessions and keys end at once." : "They can sign in again.",
      action: disabled ? "Disable" : "Enable",
      danger: disabled,
      signal,
      run: async () => {
        ({ data: user, etag } = await api.patch(path, { disabled }, etag, { signal }));
      },
    });
    if (done !== null) show();
  }

  async function reset() {
    let made = null;
    const done = await ask({
      title: `Reset ${user.login}?`,
      text: "Password, authenticator, sessions and keys are taken away, and they get a new invitation.",
      action: "Reset",
      danger: true,
      signal,
      run: async () => {
        made = await api.post(`${path}/reset`, undefined, { signal });
      },
    });
    if (done === null) return;
    await handOver(made, signal);
    ({ data: user, etag } = await api.read(path, { signal }));
    show();
    keys.reload();
  }

  async function revoke(key) {
    const done = await ask({ title: `Revoke the key ${key.name}?`, text: "Programs that use it are refused at once.", action: "Revoke", danger: true, signal, run: () => api.delete(`${path}/keys/${key.key_id}`, "", { signal }) });
    if (done !== null) keys.reload();
  }
}
