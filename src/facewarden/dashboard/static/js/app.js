// The dashboard's beginning: who is here, which page is asked for, and what stands around it.

import { Api } from "./api.js";
import { dropDrafts, guardDrafts } from "./drafts.js";
import { fill, h } from "./dom.js";
import { Events } from "./events.js";
import { bindKeys, showKeys, startKeys } from "./keys.js";
import { PAGES } from "./pages.js";
import { problemBox } from "./problem.js";
import { here, href } from "./router.js";
import { Session } from "./session.js";
import { signInDialog, strangers } from "./signin.js";
import { THEMES, applyTheme, setTheme, theme } from "./theme.js";
import { announce, startToasts, toast } from "./toast.js";
import { AlertBell } from "./bell.js";

applyTheme();
const app = document.getElementById("app");
const session = new Session();
const api = new Api(session);
const events = new Events(session);
const bell = new AlertBell({ api, session, events });
session.signInAgain = (login) => signInDialog(login, session.state?.has_password ?? true);
const ways = { api, session, events, bell };

let leave = new AbortController(); // of the page that is shown
let shell = null;
let shownPage = "";

startToasts(document.body);
startKeys();
guardDrafts();
addEventListener("hashchange", show);
begin();

async function begin() {
  try {
    if (await session.load()) enter();
    else await outside();
  } catch {
    fill(app, h("main.gate", null, h("h1", null, "facewarden"),
      problemBox(Object.assign(new Error(), { name: "Lost" }), () => location.reload())));
  }
}

/** Nobody is signed in: the first start, an invitation, or signing in. */
async function outside() {
  events.stop();
  const { gate } = await import("./pages/login.js");
  await gate({ root: app, api: strangers, entered: (state) => {
    session.take(state);
    enter();
  } });
}

async function enter() {
  if (session.state.must_add_totp) {
    const { authenticatorFirst } = await import("./pages/authenticator-first.js");
    authenticatorFirst({ root: app, api, session, added: enter, signOut });
    return;
  }
  shell = buildShell();
  events.start();
  bell.start();
  show();
}

async function signOut() {
  try {
    await api.delete("/session");
  } catch (error) {
    if (error.status !== 401) {
      toast("Signing out did not work: the server cannot be reached.", { kind: "bad" });
      return;
    }
  }
  dropDrafts();
  location.hash = "";
  location.reload();
}

async function show() {
  if (!session.state) return;
  const { page, parts, query } = here();
  const allowed = PAGES.filter((one) => session.may(one.permission));
  const found = page ? allowed.find((one) => one.path === page) : allowed[0];
  if (found && !page) {
    history.replaceState(null, "", href(found.path));
  }
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const root = h("div.page");
  const head = h("div.page-head");
  const title = (text, ...extra) => {
    document.title = `${text} · facewarden`;
    fill(head, h("h1", { tabindex: "-1" }, text), extra.length > 0 && h("div.page-extra", null, extra));
  };
  title(found ? found.title : "No such page");
  fill(shell.main, head, root);
  shell.mark(found?.path ?? "");
  // The reader of a screen hears where it is; not when the page opens at first.
  if (shownPage) head.firstElementChild.focus({ preventScroll: true });
  shownPage = location.hash;
  scrollTo(0, 0);
  if (!found) {
    fill(root, h("p", null, "There is nothing here, or it is not for you. ", h("a", { href: "#/" }, "To the first page")));
    return;
  }
  const draw = async () => {
    try {
      const { render } = await found.load();
      if (!signal.aborted) await render({ ...ways, root, parts, query, signal, title });
    } catch (error) {
      if (signal.aborted) return;
      const stale = error instanceof TypeError && /module/i.test(error.message);
      if (stale) fill(root, h("div.problem", { role: "alert" }, h("p.what", null, "This page could not be loaded: facewarden was renewed, or cannot be reached."), h("button", { onclick: () => location.reload() }, "Load it again")));
      else fill(root, problemBox(error, () => { fill(root); draw(); }));
    }
  };
  await draw();
}

function buildShell() {
  const links = new Map();
  const groups = [...new Set(PAGES.map((one) => one.group))];
  const entries = groups.map((group) => {
    const pages = PAGES.filter((one) => one.group === group && !one.hidden && session.may(one.permission));
    if (pages.length === 0) return null;
    return h("div.nav-group", null, h("h2", null, group), h("ul", null, pages.map((one) => {
      const link = h("a", { href: href(one.path) }, one.title);
      links.set(one.path, link);
      return h("li", null, link);
    })));
  });
  const nav = h("nav", { id: "nav", "aria-label": "Pages" }, entries);
  const menu = h("button.menu", { type: "button", "aria-expanded": "false", "aria-controls": "nav" }, "Menu");
  const open = (on) => {
    menu.setAttribute("aria-expanded", String(on));
    nav.classList.toggle("open", on);
  };
  menu.addEventListener("click", () => open(menu.getAttribute("aria-expanded") !== "true"));
  nav.addEventListener("click", (event) => event.target.closest("a") && open(false));
  nav.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && nav.classList.contains("open")) {
      open(false);
      menu.focus();
    }
  });
  const main = h("main", { id: "main", tabindex: "-1" });
  const banner = h("div", { role: "status" });
  const line = h("span.line", { title: "Connection to the server" });
  const themes = h("select", { "aria-label": "Colours", onchange: (event) => setTheme(event.target.value) },
    THEMES.map((name) => h("option", { value: name, selected: name === theme() }, { system: "As the system", light: "Light", dark: "Dark" }[name])));
  const skip = h("a.skip", { href: "#main", onclick: (event) => { event.preventDefault(); main.focus(); } }, "To the content");
  const head = h("div.head", null,
    h("header.top", null,
      menu,
      h("a.brand", { href: "#/" }, h("span.mark", { "aria-hidden": "true" }), "facewarden"),
      bell.badge,
      h("span.grow"),
      line,
      themes,
      h("button.plain", { type: "button", onclick: () => showKeys(), title: "Keyboard (?)" }, h("span", { "aria-hidden": "true" }, "?"), h("span.unseen", null, "Keyboard commands")),
      h("span.who", null, h("bdi", null, session.login), h("small", null, session.state.role)),
      h("button", { type: "button", onclick: signOut }, "Sign out")),
    banner, bell.bar);
  fill(app, skip, head, h("div.columns", null, nav, main));
  // Setting a property of our own is no inline style: the policy allows it.
  new ResizeObserver(() => document.documentElement.style.setProperty("--head", `${head.offsetHeight}px`)).observe(head);
  const said = () => {
    const lost = events.state === "lost";
    fill(line, h(`span.dot.${events.state}`, { "aria-hidden": "true" }), { live: "Live", lost: "No connection", off: "" }[events.state]);
    fill(banner, lost && h("p.banner.bad", null, "No connection to the server since ", new Date(events.lostAt).toLocaleTimeString(),
      ". New alerts do not arrive. They are fetched when it is back; what you typed stays."));
    if (events.state === "live" && shell?.wasLost) announce("Connected again");
    if (shell) shell.wasLost = lost;
  };
  events.addEventListener("state", said);
  said();
  const always = new AbortController();
  bindKeys(always.signal, [
    { key: "g", what: "Go to the alerts", run: () => { location.hash = href("alerts"); } },
    { key: "w", what: "Go to the live wall", run: () => { location.hash = href("wall"); } },
    { key: "?", what: "Show this list", run: showKeys },
  ], "Everywhere");
  return {
    main,
    wasLost: false,
    mark: (path) => {
      for (const [name, link] of links) {
        if (name === path) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      }
    },
  };
}
