// Watchlists: what their alerts need, what follows from it, where alerts go, how they are worked on.

import { Problem } from "../api.js";
import { ask, openDialog } from "../dialog.js";
import { fill, h, newId, said } from "../dom.js";
import { form, saveMerging } from "../form.js";
import { go, href } from "../router.js";
import { toast } from "../toast.js";
import { figure, similarity } from "../words.js";
import { badge, facts, section } from "../parts/facts.js";

const WAYS = [
  { value: "default", label: "the settings' budget" },
  { value: "fpir", label: "a share of strangers" },
  { value: "false_alerts_per_day", label: "false alerts a day" },
  { value: "threshold", label: "a fixed similarity" },
];
const PICTURES = [
  { value: "off", label: "nothing: it is not asked" },
  { value: "annotate", label: "alerts go out and say so" },
  { value: "hold", label: "alerts are held for a human" },
];
const NEED = [
  { name: "way", label: "Alerts follow from", type: "select", required: true, options: WAYS, help: "One of them: each makes another threshold." },
  { name: "number", label: "Number", type: "number", help: "Of strangers who pass, the share that may raise a false alert (0.001 is 1 in 1,000); or false alerts a day, all cameras together; or the similarity, between -1 and 1." },
  { name: "sinks", label: "Where alerts go", type: "textarea", help: "Names of sinks of the settings file, one a line; empty: to every sink.", attributes: { rows: 2 } },
  { name: "presentation", label: "Where a picture may be shown to the camera", type: "select", required: true, options: PICTURES, words: doneAbout, help: "Presentation attack detection tells living people from photographs and screens, and errs at times. Held alerts stand in the queue with what it says; no sink is told, nothing sounds. Whom it cannot judge, because the face is small or turned away, alerts as always." },
];
const RULES = [
  { name: "two_person", label: "Two different people must confirm a match", type: "checkbox" },
  { name: "sound", label: "Alerts are announced aloud", type: "checkbox" },
  { name: "must_acknowledge", label: "Alerts stay in front until somebody acknowledges them", type: "checkbox" },
];

function doneAbout(rule) {
  return PICTURES.find((one) => one.value === rule)?.label ?? rule;
}

export async function render(place) {
  return place.parts.length ? one(place, place.parts[0]) : list(place);
}

async function list({ root, api, session, signal, title }) {
  const lists = await api.get("/watchlists", { signal });
  title("Watchlists", session.may("watchlist.write") && h("button.primary", { type: "button", onclick: make }, "New watchlist"));
  if (!lists.length) fill(root, h("p.empty", null, "There is no watchlist that you may see."));
  else fill(root, h("ul.cards", null, lists.map(card)));

  function card(entry) {
    return h(
      "li.panel",
      null,
      h("h2", null, h("a", { href: href("watchlists", [entry.name]) }, said(entry.name))),
      facts([
        ["Subjects", h("a", { href: href("subjects", [], { watchlist: entry.name }) }, entry.subjects.toLocaleString())],
        ["Similarity needed", entry.in_force ? similarity(entry.in_force.threshold) : badge("not known", "warn")],
        ["False alerts to expect", expectation(entry.in_force)],
      ]),
      entry.problem && h("p.warning", null, entry.problem),
    );
  }

  async function make() {
    const id = newId("name");
    const name = h("input", { id, maxlength: 200, dir: "auto", autocomplete: "off" });
    const made = await openDialog({
      title: "New watchlist",
      signal,
      body: [h("div.field", null, h("label", { for: id }, "Name"), name)],
      actions: [
        { label: "Cancel", value: null },
        { label: "Make it", primary: true, run: async () => (name.value.trim() ? api.post("/watchlists", { name: name.value.trim() }, { signal }) : undefined) },
      ],
    });
    if (made) go("watchlists", [made.name]);
  }
}

async function one({ root, api, session, signal, title }, name) {
  const path = `/watchlists/${encodeURIComponent(name)}`;
  const rulesPath = `/casework/watchlists/${encodeURIComponent(name)}`;
  const writes = session.may("watchlist.write");
  let { data: entry, etag } = await api.read(path, { signal });
  let { data: rules, etag: rulesTag } = await api.read(rulesPath, { signal });
  const follows = h("div");
  title(
    entry.name,
    h("a.button", { href: href("subjects", [], { watchlist: entry.name }) }, `Subjects: ${entry.subjects.toLocaleString()}`),
    session.may("subject.write") && h("a.button", { href: href("enrol", [], { watchlist: entry.name }) }, "Enrol"),
  );
  showFollows();
  fill(root, h("div.two", null, follows, h("div.pile", null, needs(), work())));

  function showFollows() {
    const force = entry.in_force;
    fill(
      follows,
      section(
        "In force now",
        entry.problem && h("p.warning", null, entry.problem),
        force
          ? [
              h("p.big-figure", null, similarity(force.threshold), h("small", null, " similarity needed for an alert")),
              facts([
                ["It follows from", force.follows],
                ["False alerts to expect", expectation(force)],
                ["People who pass its cameras", `${figure(force.tracks_per_day)} a day`],
                ["Strangers here are more alike by", similarity(force.site_shift)],
                ["Where a picture may be shown", doneAbout(entry.presentation_in_force) + (entry.presentation_in_force === entry.settings.presentation ? "" : ", as the settings file says")],
              ]),
              h("p.help", null, "An alert is a candidate for a human. The threshold is computed again whenever the list, its length or the traffic changes."),
            ]
          : h("p.empty", null, "The threshold is not known."),
      ),
    );
  }

  function needs() {
    const base = plain(entry.settings);
    if (!writes) return section("What an alert needs", facts([["Follows from", WAYS.find((way) => way.value === base.way).label], ["Number", figure(base.number)], ["Where alerts go", base.sinks || "to every sink"], ["Where a picture may be shown to the camera", doneAbout(base.presentation)]]));
    const begun = { base, etag };
    const fields = form({
      fields: NEED,
      value: base,
      action: "Save",
      submit: async (mine) => {
        if (mine.way !== "default" && mine.number === null) {
          throw new Problem(422, { detail: "A number is missing.", problems: [{ where: "number", what: "This is needed." }] });
        }
        const saved = await saveMerging({
          fields: NEED,
          base: begun.base,
          mine,
          etag: begun.etag,
          read: () => api.read(path, { signal }),
          fieldsOf: (data) => plain(data.settings),
          save: (value, tag) => api.put(path, settings(value), tag, { signal }),
        });
        if (saved === null) return;
        ({ data: entry, etag } = saved);
        begun.base = plain(entry.settings);
        begun.etag = etag;
        fields.write(begun.base);
        number();
        showFollows();
        toast("Saved. What follows from it is in force now.");
      },
    });
    const number = () => {
      const input = fields.querySelector("[name=number]");
      input.closest(".field").hidden = fields.querySelector("[name=way]").value === "default";
    };
    fields.querySelector("[name=way]").addEventListener("change", number);
    number();
    return section("What an alert needs", fields);
  }

  function work() {
    if (!writes) return section("How alerts are worked on", h("ul.plain-list", null, RULES.map((rule) => h("li", null, `${rule.label}: ${rules[rule.name] ? "yes" : "no"}`))));
    const begun = { base: { ...rules }, etag: rulesTag };
    return section(
      "How alerts are worked on",
      form({
        fields: RULES,
        value: rules,
        action: "Save",
        submit: async (mine) => {
          if (begun.base.two_person && !mine.two_person) {
            const sure = await ask({ title: "One person is enough from now on?", text: "Matches of this list then count as confirmed by one person alone. That you changed it is audited.", action: "One is enough", signal });
            if (sure === null) return;
          }
          const saved = await saveMerging({
            fields: RULES,
            base: begun.base,
            mine,
            etag: begun.etag,
            read: () => api.read(rulesPath, { signal }),
            save: (value, tag) => api.put(rulesPath, value, tag, { signal }),
          });
          if (saved === null) return;
          ({ data: rules, etag: rulesTag } = saved);
          begun.base = { ...rules };
          begun.etag = rulesTag;
          toast("Saved: it holds for alerts from now on.");
        },
      }),
    );
  }
}

/** What is to be expected, in words. */
function expectation(force) {
  if (!force || force.fpir === null) return "not known";
  const share = force.fpir > 0 ? `about 1 in ${Math.round(1 / force.fpir).toLocaleString()} strangers who pass` : "none";
  return `${share}${force.false_alerts_per_day === null ? "" : `; ${figure(force.false_alerts_per_day)} a day as traffic is now`}`;
}

function plain(settings) {
  const way = ["threshold", "fpir", "false_alerts_per_day"].find((name) => settings[name] !== null) ?? "default";
  return { way, number: way === "default" ? null : settings[way], sinks: settings.sinks.join("\n"), presentation: settings.presentation };
}

function settings({ way, number, sinks, presentation }) {
  return {
    threshold: null,
    fpir: null,
    false_alerts_per_day: null,
    ...(way === "default" ? {} : { [way]: number }),
    sinks: sinks.split("\n").map((line) => line.trim()).filter(Boolean),
    presentation,
  };
}
