// Deployments: where, when, why and on whose word may be watched.

import { fill, h, said } from "../dom.js";
import { form } from "../form.js";
import { go, href, keepQuery } from "../router.js";
import { table } from "../table.js";
import { time } from "../words.js";
import { badge } from "../parts/facts.js";
import { allCameras, watchlistNames } from "../parts/known.js";
import { planFields, planOf } from "./plan-fields.js";

const STATES = ["proposed", "authorised", "ended", "withdrawn", "wiped"];

export async function render(place) {
  const { parts } = place;
  if (parts[0] === "new") return propose(place);
  if (parts.length) {
    const { deploymentPage } = await import("./deployment.js");
    return deploymentPage(place, parts[0]);
  }
  return list(place);
}

/** How far a deployment has come, as a badge. */
export function stateOf(one) {
  if (one.running) return badge("running", "live");
  return badge(one.state, { proposed: "info", authorised: "good", ended: "", withdrawn: "", wiped: "" }[one.state]);
}

async function list({ root, api, session, query, signal, title }) {
  const wanted = { state: query.get("state") ?? "" };
  title("Deployments", session.may("deployment.write") && h("a.button.primary", { href: href("deployments", ["new"]) }, "Propose a deployment"));
  const found = table({
    caption: "Deployments",
    columns: [
      { title: "Place", cell: (one) => said(one.plan.place) },
      { title: "Purpose", cell: (one) => said(one.plan.purpose) },
      { title: "State", cell: stateOf },
      { title: "From", cell: (one) => time(one.plan.starts_at, { only: "full" }) },
      { title: "Until", cell: (one) => time(one.ended_at ?? one.plan.ends_at, { only: "full" }) },
      { title: "Proposed by", cell: (one) => said(one.proposed_by) },
      { title: "Authorised by", cell: (one) => (one.authorised_by ? said(one.authorised_by) : "nobody yet") },
    ],
    link: (one) => href("deployments", [one.deployment_id]),
    load: (cursor) => api.page("/deployments", { query: wanted, cursor, signal }),
    empty: "No deployment. Nothing is watched outside of one: propose it, and have a second person authorise it.",
  });
  fill(
    root,
    h(
      "div.filters",
      null,
      h(
        "label.stacked",
        null,
        h("span", null, "State"),
        h(
          "select",
          { onchange: (event) => { wanted.state = event.target.value; keepQuery(wanted); found.reload(); } },
          h("option", { value: "" }, "All"),
          STATES.map((state) => h("option", { value: state, selected: state === wanted.state }, state)),
        ),
      ),
    ),
    found,
  );
}

async function propose({ root, api, session, signal, title }) {
  title("Propose a deployment");
  const [cameras, lists] = await Promise.all([allCameras(api, session, signal), watchlistNames(api, session, signal)]);
  if (!cameras.length || !lists.length) {
    fill(root, h("p.empty", null, "A deployment needs a camera and a watchlist. ", h("a", { href: href(cameras.length ? "watchlists" : "cameras") }, cameras.length ? "Make a watchlist" : "Add a camera")));
    return;
  }
  const fields = planFields(cameras, lists);
  const start = new Date(Date.now() + 5 * 60_000);
  start.setSeconds(0, 0);
  fill(
    root,
    h("p.note", null, "It watches only after a second person has authorised it. Who is on its watchlists then is frozen; it ends by itself, and deletes what nobody confirmed."),
    form({
      fields,
      value: { starts_at: start.toISOString(), ends_at: new Date(start.getTime() + 8 * 3600_000).toISOString(), keep_unconfirmed_days: 1, budget: "lists" },
      action: "Propose",
      submit: async (given, key) => {
        const made = await api.post("/deployments", planOf(given), { key, signal });
        go("deployments", [made.deployment_id]);
      },
      cancel: () => go("deployments"),
    }),
  );
}
