// Subjects: searched by name or case number, opened one by one, written down anew.

import { form } from "../form.js";
import { fill, h, said } from "../dom.js";
import { go, href, keepQuery } from "../router.js";
import { table } from "../table.js";
import { time } from "../words.js";
import { badge } from "../parts/facts.js";
import { watchlistNames } from "../parts/known.js";
import { DETAILS } from "./subject-fields.js";

export async function render(place) {
  const { parts } = place;
  if (parts[0] === "new") return newSubject(place);
  if (parts.length) {
    const { subjectPage } = await import("./subject.js");
    return subjectPage(place, parts[0]);
  }
  return list(place);
}

async function list({ root, api, session, query, signal, title }) {
  const names = await watchlistNames(api, session, signal);
  const wanted = { q: query.get("q") ?? "", watchlist: query.get("watchlist") ?? "" };
  title(
    "Subjects",
    session.may("subject.write") && h("a.button.primary", { href: href("subjects", ["new"]) }, "New subject"),
    session.may("subject.write") && h("a.button", { href: href("enrol") }, "Enrol many"),
  );
  const found = table({
    caption: "Subjects",
    columns: [
      { title: "Name", cell: (one) => said(one.details.name) },
      { title: "Case number", cell: (one) => said(one.details.external_reference || "–") },
      { title: "Category", cell: (one) => said(one.details.category || "–") },
      { title: "Watchlists", cell: (one) => one.watchlists.map((name) => h("span.tag", null, said(name))) },
      { title: "Photographs", class: "figure", cell: (one) => (one.references ? one.references : badge("none yet", "warn")) },
      { title: "Looked for until", cell: (one) => (one.expired ? badge("expired", "bad") : one.details.expires_at ? time(one.details.expires_at) : "no end given") },
    ],
    link: (one) => href("subjects", [one.subject_id]),
    load: (cursor) => api.page("/subjects", { query: wanted, cursor, signal }),
    empty: "No subject is found. Look for a shorter part of the name, or on all watchlists.",
  });
  const search = () => {
    keepQuery(wanted);
    found.reload();
  };
  let timer = 0;
  fill(
    root,
    h(
      "form.filters",
      { role: "search", onsubmit: (event) => { event.preventDefault(); search(); } },
      h(
        "label.stacked",
        null,
        h("span", null, "Name or case number"),
        h("input", {
          type: "search",
          id: "subject-search",
          value: wanted.q,
          maxlength: 200,
          dir: "auto",
          oninput: (event) => {
            wanted.q = event.target.value;
            clearTimeout(timer);
            timer = setTimeout(search, 250);
          },
        }),
      ),
      h(
        "label.stacked",
        null,
        h("span", null, "Watchlist"),
        h(
          "select",
          { onchange: (event) => { wanted.watchlist = event.target.value; search(); } },
          h("option", { value: "" }, "All"),
          names.map((name) => h("option", { value: name, selected: name === wanted.watchlist }, name)),
        ),
      ),
    ),
    found,
  );
  signal.addEventListener("abort", () => clearTimeout(timer));
}

async function newSubject({ root, api, session, query, signal, title }) {
  title("New subject");
  const names = await watchlistNames(api, session, signal);
  if (!names.length) {
    fill(root, h("p.empty", null, "There is no watchlist to put them on. ", h("a", { href: href("watchlists") }, "Make one first")));
    return;
  }
  fill(
    root,
    h("p.help", null, "Photographs follow on the next page."),
    form({
      fields: [{ name: "watchlist", label: "Watchlist", type: "select", required: true, options: names }, ...DETAILS],
      value: { watchlist: query.get("watchlist") || names[0] },
      action: "Write down",
      submit: async ({ watchlist, ...details }, key) => {
        const made = await api.post("/subjects", { watchlist, details }, { key, signal });
        go("subjects", [made.subject_id]);
      },
      cancel: () => go("subjects"),
    }),
  );
}
