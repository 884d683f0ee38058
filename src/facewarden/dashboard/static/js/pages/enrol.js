// Enrolment by the hand full: one person with several photographs, or an archive of many people.

import { newKey } from "../api.js";
import { fill, h, newId, said } from "../dom.js";
import { problemBox } from "../problem.js";
import { href } from "../router.js";
import { dropZone } from "../parts/drop-zone.js";
import { enrolmentList } from "../parts/enrol-photographs.js";
import { jobProgress } from "../parts/job-progress.js";
import { livingPerson } from "../parts/living-person.js";
import { section } from "../parts/facts.js";
import { watchlistNames } from "../parts/known.js";

export async function render({ root, api, session, query, signal, title }) {
  title("Enrol");
  const names = await watchlistNames(api, session, signal);
  if (!names.length) {
    fill(root, h("p.empty", null, "There is no watchlist to put anybody on. ", h("a", { href: href("watchlists") }, "Make one first")));
    return;
  }
  const list = h("select", { id: newId("list") }, names.map((name) => h("option", { value: name, selected: name === query.get("watchlist") }, name)));
  fill(
    root,
    h("div.field.narrow", null, h("label", { for: list.id }, "Watchlist"), list),
    h("div.two", null, onePerson({ api, signal, list }), manyPeople({ api, signal, list })),
  );
}

function onePerson({ api, signal, list }) {
  const name = h("input", { id: newId("name"), maxlength: 300, dir: "auto", autocomplete: "off" });
  const reference = h("input", { id: newId("case"), maxlength: 200, dir: "auto", autocomplete: "off" });
  const legal = h("input", { id: newId("legal"), maxlength: 200, dir: "auto" });
  const wrong = h("p.invalid", { hidden: true, role: "alert" });
  const living = livingPerson();
  const after = h("div");
  const box = h("div");
  const fields = [name, reference, legal];
  const keep = { made: null, key: newKey() };
  let enrolments = null;

  const subject = () => {
    // Made once, when the first photograph goes; a failure lets the next try make it.
    keep.made ??= api
      .post(
        "/subjects",
        { watchlist: list.value, details: { name: name.value.trim(), external_reference: reference.value.trim(), legal_basis: legal.value.trim() } },
        { key: keep.key, signal },
      )
      .then((made) => {
        for (const one of [...fields, list]) one.disabled = true;
        fill(
          after,
          h("div.row", null, h("a.button", { href: href("subjects", [made.subject_id]) }, "Open ", said(made.details.name)), h("button", { type: "button", onclick: next }, "Next person")),
        );
        return made.subject_id;
      })
      .catch((error) => {
        keep.made = null;
        keep.key = newKey();
        throw error;
      });
    return keep.made;
  };

  function begin() {
    keep.made = null;
    keep.key = newKey();
    enrolments = enrolmentList({ api, signal, subject, living });
    fill(box, enrolments);
    fill(after);
  }

  function next() {
    for (const one of fields) {
      one.disabled = false;
      one.value = "";
    }
    list.disabled = false;
    begin();
    name.focus();
  }

  function take(files) {
    const missing = !name.value.trim();
    wrong.hidden = !missing;
    wrong.textContent = "First give a name.";
    if (missing) name.focus();
    else enrolments.add(files);
  }

  begin();
  return section(
    "One person",
    h("div.field", null, h("label", { for: name.id }, "Name"), name, wrong),
    h("div.field", null, h("label", { for: reference.id }, "Case number", h("span.optional", null, " (may stay empty)")), reference),
    h("div.field", null, h("label", { for: legal.id }, "Legal basis", h("span.optional", null, " (may stay empty)")), legal),
    living,
    dropZone({ label: "Photographs of this person", hint: "All of them show the same person. Each is checked by itself.", onfiles: take }),
    box,
    after,
  );
}

function manyPeople({ api, signal, list }) {
  const category = h("input", { id: newId("category"), maxlength: 200, dir: "auto" });
  const legal = h("input", { id: newId("legal"), maxlength: 200, dir: "auto" });
  const word = h("input", { id: newId("word"), maxlength: 200, dir: "auto" });
  const living = livingPerson();
  const work = h("div.pile");

  async function take([file]) {
    const bar = h("progress", { max: 1, value: 0, "aria-label": `Sending ${file.name}` });
    const entry = h("div.pile", null, h("p", null, "Sending ", said(file.name)), bar);
    work.prepend(entry);
    const key = newKey();
    const send = async () => {
      try {
        const job = await api.upload("/references/import", file, {
          key,
          query: { watchlist: list.value, category: category.value, legal_basis: legal.value, authorised_by: word.value, ...living.query },
          signal,
          onprogress: (share) => { bar.value = share; },
        });
        fill(entry, jobProgress({ api, signal, job }));
      } catch (error) {
        if (error.name !== "AbortError") fill(entry, h("p", null, said(file.name)), problemBox(error, () => { fill(entry, bar); send(); }));
      }
    };
    await send();
  }

  return section(
    "Many people",
    h("p.help", null, "A ZIP of photographs: a folder for each person, or files named after them, or a table (one .csv with the columns file and name) that says who is who. What is written here goes for all of them."),
    h("div.field", null, h("label", { for: category.id }, "Category", h("span.optional", null, " (may stay empty)")), category),
    h("div.field", null, h("label", { for: legal.id }, "Legal basis", h("span.optional", null, " (may stay empty)")), legal),
    h("div.field", null, h("label", { for: word.id }, "On whose word", h("span.optional", null, " (may stay empty)")), word),
    living,
    dropZone({ label: "Archive (ZIP)", accept: ".zip,application/zip", multiple: false, onfiles: take }),
    work,
  );
}
