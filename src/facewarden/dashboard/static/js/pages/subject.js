// One subject: what is written down, photographs, watchlists; merged, split, removed for good.

import { Problem } from "../api.js";
import { ask, openDialog } from "../dialog.js";
import { fill, h, newId, said } from "../dom.js";
import { form, saveMerging } from "../form.js";
import { picture } from "../picture.js";
import { go, href } from "../router.js";
import { toast } from "../toast.js";
import { time } from "../words.js";
import { dropZone } from "../parts/drop-zone.js";
import { enrolmentList, quality } from "../parts/enrol-photographs.js";
import { badge, facts, section } from "../parts/facts.js";
import { watchlistNames } from "../parts/known.js";
import { livingPerson } from "../parts/living-person.js";
import { subjectPicker } from "../parts/subject-picker.js";
import { DETAILS } from "./subject-fields.js";

export async function subjectPage(place, id) {
  const { root, api, session, signal, title } = place;
  const path = `/subjects/${id}`;
  const boxes = { details: h("div"), lists: h("div"), photographs: h("div"), held: h("div"), danger: h("div") };
  let subject = null;
  let etag = "";
  let names = [];

  const read = async () => {
    ({ data: subject, etag } = await api.read(path, { signal }));
    return subject;
  };
  const writes = session.may("subject.write");
  [names] = await Promise.all([watchlistNames(api, session, signal), read()]);
  fill(
    root,
    h(
      "div.subject-page",
      null,
      h("div.subject-main", null, boxes.photographs, boxes.held),
      h("div.subject-side", null, boxes.details, boxes.lists, boxes.danger),
    ),
  );
  head();
  showDetails();
  showLists();
  showDanger();
  await Promise.all([showPhotographs(), showHeld()]);

  /** Have an edit of somebody else shown beneath the dialog before it is tried once more. */
  async function onNewest(work) {
    try {
      return await work();
    } catch (error) {
      if (error.status === 412) {
        await read();
        head();
        showDetails();
        showLists();
      }
      throw error;
    }
  }

  function head() {
    title(
      subject.details.name,
      subject.expired && badge("expired", "bad"),
      session.may("sighting.read") && h("a.button", { href: href("sightings", [id]) }, "Where they were seen"),
      session.may("alert.read") && h("a.button", { href: href("alerts", [], { subject: id }) }, "Alerts"),
    );
  }

  function showDetails() {
    const { details } = subject;
    fill(
      boxes.details,
      section(
        "Written down",
        facts([
          ["Name", said(details.name)],
          ["Case number", details.external_reference && said(details.external_reference)],
          ["Category", details.category && said(details.category)],
          ["Legal basis", details.legal_basis && h("span.prose", null, said(details.legal_basis))],
          ["On whose word", details.authorised_by && said(details.authorised_by)],
          ["Notes", details.notes && h("span.prose", null, said(details.notes))],
          ["Looked for until", details.expires_at ? time(details.expires_at, { only: "full" }) : "no end given"],
          ["Since", time(subject.created_at, { only: "full" })],
        ]),
        writes && h("div.row", null, h("button", { type: "button", onclick: edit }, "Edit")),
      ),
    );
  }

  function edit() {
    const base = { ...subject.details };
    const begun = etag;
    const fields = form({
      fields: DETAILS,
      value: base,
      action: "Save",
      submit: async (mine) => {
        const saved = await saveMerging({
          fields: DETAILS,
          base,
          mine,
          etag: begun,
          read: () => api.read(path, { signal }),
          fieldsOf: (data) => data.details,
          save: (value, tag) => api.patch(path, value, tag, { signal }),
        });
        if (saved === null) return;
        ({ data: subject, etag } = saved);
        head();
        showDetails();
        toast("Saved.");
      },
      cancel: showDetails,
    });
    fill(boxes.details, section("Written down", fields));
    fields.querySelector("input").focus();
  }

  function showLists() {
    const others = names.filter((name) => !subject.watchlists.includes(name));
    const choice = h("select", { "aria-label": "Another watchlist" }, others.map((name) => h("option", { value: name }, name)));
    fill(
      boxes.lists,
      section(
        "Watchlists",
        subject.watchlists.length ? null : h("p.empty", null, "On no watchlist that you may see."),
        h(
          "ul.plain-list",
          null,
          subject.watchlists.map((name) =>
            h(
              "li.between",
              null,
              h("a", { href: href("watchlists", [name]) }, said(name)),
              writes && h("button", { type: "button", "aria-label": `Take off ${name}`, onclick: () => withdraw(name) }, "Take off"),
            ),
          ),
        ),
        writes && others.length > 0 && h("div.row", null, choice, h("button", { type: "button", onclick: () => put(choice.value) }, "Put on it")),
      ),
    );
  }

  async function put(name) {
    await tried(async () => {
      await api.put(`${path}/watchlists/${encodeURIComponent(name)}`, undefined, "", { signal });
      toast(`Put on ${name}.`);
    });
  }

  async function withdraw(name) {
    const last = subject.watchlists.length === 1;
    const text = last ? "They are then on none of your watchlists and raise no alert; their photographs stay." : "Their photographs stay.";
    const done = await ask({
      title: `Take off ${name}?`,
      text,
      action: "Take off",
      signal,
      run: () => api.delete(`${path}/watchlists/${encodeURIComponent(name)}`, "", { signal }),
    });
    if (done !== null) await tried(async () => toast(`Taken off ${name}.`));
  }

  /** Do something, then show the subject as the server has it now. */
  async function tried(work) {
    try {
      await work();
      await read();
      showLists();
    } catch (error) {
      if (error.status === 404) go("subjects");
      else toast(error instanceof Problem ? `${error.detail || error.title} ${error.remedy}` : String(error), { kind: "bad" });
    }
  }

  async function showPhotographs() {
    const references = await api.get(`${path}/references`, { signal });
    const grid = h("ul.photographs", null, references.map(photograph));
    const living = livingPerson();
    const enrolments = enrolmentList({
      api,
      signal,
      living,
      subject: async () => id,
      onadded: async () => {
        const now = await api.get(`${path}/references`, { signal });
        const there = new Set([...grid.children].map((one) => one.dataset.id));
        grid.append(...now.filter((one) => !there.has(String(one.reference_id))).map(photograph));
        none.hidden = true;
      },
    });
    const none = h("p.empty", { hidden: references.length > 0 }, "No photograph yet: without one they raise no alert.");
    fill(
      boxes.photographs,
      section(
        "Photographs",
        none,
        grid,
        writes && living,
        writes && dropZone({ label: "Add photographs", hint: "From the front, sharp, in even light. Several from different days are better than one.", onfiles: enrolments.add }),
        enrolments,
      ),
    );
  }

  function photograph(one) {
    return h(
      "li.photograph",
      { "data-id": one.reference_id },
      picture(api, `/references/${one.reference_id}/image`, { alt: `Photograph ${one.source_name}`, signal }),
      h("p.photograph-name", null, said(one.source_name)),
      quality(one.quality),
      h("p.help", null, "Added ", time(one.created_at)),
      writes && h("button", { type: "button", "aria-label": `Remove the photograph ${one.source_name}`, onclick: (event) => removePhotograph(one, event.currentTarget) }, "Remove"),
    );
  }

  async function removePhotograph(one, button) {
    const done = await ask({
      title: "Remove this photograph?",
      text: "It and its templates are deleted for good.",
      action: "Remove",
      danger: true,
      signal,
      run: async () => {
        const { etag: tag } = await api.read(`/references/${one.reference_id}`, { signal });
        await api.delete(`/references/${one.reference_id}`, tag, { signal });
      },
    });
    if (done === null) return;
    button.closest("li").remove();
    toast("The photograph is deleted.");
  }

  async function showHeld() {
    const held = await api.get(`${path}/held-back`, { signal });
    if (!held.length) return;
    fill(
      boxes.held,
      section(
        "Faces held back",
        h("p.help", null, "Somebody rejected an alert of these faces: they raise no more alerts for this subject. Undo the rejection to take that back."),
        h(
          "ul.plain-list",
          null,
          held.map((one) =>
            h(
              "li",
              null,
              time(one.rejected_at, { only: "full" }),
              one.alert_ids.map((alert, at) => [" ", h("a", { href: href("alerts", [alert]) }, one.alert_ids.length > 1 ? `rejected alert ${at + 1}` : "the rejected alert")]),
            ),
          ),
        ),
      ),
    );
  }

  function showDanger() {
    const removes = session.may("subject.remove");
    if (!removes && !writes) return;
    fill(
      boxes.danger,
      section(
        "Who is who",
        removes && h("div.pile", null, h("p.help", null, "Two entries are one person."), h("button", { type: "button", onclick: merge }, "Merge into another subject")),
        writes && h("div.pile", null, h("p.help", null, "Some photographs show somebody else."), h("button", { type: "button", onclick: split }, "Split off photographs")),
        removes && h("div.pile", null, h("p.help", null, "Deletes everything about them: photographs, templates, names in alerts."), h("button.danger", { type: "button", onclick: remove }, "Remove for good")),
      ),
    );
  }

  async function merge() {
    let other = null;
    const picker = subjectPicker({ api, signal, not: Number(id), onpick: (one) => { other = one; } });
    const done = await openDialog({
      title: `Merge ${subject.details.name} into another subject`,
      wide: true,
      signal,
      body: [
        h("p", null, "Photographs, watchlists, alerts and sightings go over to the subject that you choose; what is written down there stays. This entry ends, and cannot be brought back."),
        picker,
      ],
      actions: [
        { label: "Cancel", value: null },
        {
          label: "Merge",
          primary: true,
          danger: true,
          run: async () => {
            if (!other) {
              picker.querySelector("input").focus();
              return undefined;
            }
            await onNewest(() => api.send("POST", `${path}/merge`, { json: { into: other.subject_id }, etag, signal }));
            return other;
          },
        },
      ],
    });
    if (!done) return;
    toast(`Merged into ${done.details.name}.`);
    go("subjects", [done.subject_id]);
  }

  async function split() {
    const references = await api.get(`${path}/references`, { signal });
    const chosen = new Set();
    const name = h("input", { id: newId("split"), maxlength: 300, dir: "auto" });
    const wrong = h("p.invalid", { hidden: true, role: "alert" });
    const done = await openDialog({
      title: "Split off photographs",
      wide: true,
      signal,
      body: [
        h("p", null, "Choose the photographs of the other person. They get an entry of their own on the same watchlists; alerts stay here, for nobody can tell whose they were."),
        h("fieldset.field", null, h("legend", null, "Photographs of the other person"), h(
          "ul.photographs.small",
          null,
          references.map((one) =>
            h(
              "li.photograph",
              null,
              h(
                "label.check",
                null,
                h("input", { type: "checkbox", onchange: (event) => (event.target.checked ? chosen.add(one.reference_id) : chosen.delete(one.reference_id)) }),
                h("span", null, said(one.source_name)),
              ),
              picture(api, `/references/${one.reference_id}/image`, { alt: "", signal }),
            ),
          ),
        )),
        h("div.field", null, h("label", { for: name.id }, "Name of the other person"), name),
        wrong,
      ],
      actions: [
        { label: "Cancel", value: null },
        {
          label: "Split off",
          primary: true,
          run: async () => {
            const missing = !chosen.size ? "Choose at least one photograph." : !name.value.trim() ? "Give the other person a name." : "";
            wrong.textContent = missing;
            wrong.hidden = !missing;
            if (missing) return undefined;
            const json = { references: [...chosen], details: { name: name.value.trim() } };
            const response = await onNewest(() => api.send("POST", `${path}/split`, { json, etag, signal }));
            return response.json();
          },
        },
      ],
    });
    if (done) go("subjects", [done.subject_id]);
  }

  async function remove() {
    const typed = h("input", { id: newId("confirm"), autocomplete: "off", dir: "auto" });
    const wrong = h("p.invalid", { hidden: true, role: "alert" }, "That is not the name as it is written above.");
    const done = await openDialog({
      title: "Remove for good?",
      signal,
      body: [
        h("p", null, "Everything about ", h("strong", null, said(subject.details.name)), " is deleted: photographs, templates, and names in alerts. It cannot be undone."),
        h("div.field", null, h("label", { for: typed.id }, "Type the name to confirm"), typed, wrong),
      ],
      actions: [
        { label: "Cancel", value: null },
        {
          label: "Remove for good",
          primary: true,
          danger: true,
          run: async () => {
            const same = typed.value.trim().normalize() === subject.details.name.trim().normalize();
            wrong.hidden = same;
            if (!same) return undefined;
            await onNewest(() => api.delete(path, etag, { signal }));
            return true;
          },
        },
      ],
    });
    if (!done) return;
    toast("Removed for good.");
    go("subjects");
  }
}
