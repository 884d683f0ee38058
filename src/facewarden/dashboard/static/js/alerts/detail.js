// One alert: pictures, how alike, what was done, what can be done. What other people do meanwhile
// is shown without moving anything: pictures stay, and a better look waits behind a button.

import { h, fill, newId, said } from "../dom.js";
import { keepDraft, dropDraft } from "../drafts.js";
import { problemBox } from "../problem.js";
import { href } from "../router.js";
import { time } from "../words.js";
import { actionsOf, once } from "./actions.js";
import { compare } from "./compare.js";
import { gauge } from "./gauge.js";
import { deliveries, history, tracks } from "./history.js";
import { presentationTag, workTag } from "./labels.js";
import { looksStrip } from "./looks.js";
import { presentationNote, presentationPanel } from "./presentation.js";

/**
 * Show an alert in `box` until `place.signal` aborts.
 * @returns {Promise<{run: (name: string) => void, told: () => void, comment: () => void}>}
 */
export async function showAlert(place, box, id) {
  const { api, session, bell, signal } = place;
  const [full, casework] = await read();
  let shown = full.alert; // whose pictures and figures stand on the page
  let busy = false;
  let actions = {};

  const head = h("div.alert-head");
  const better = h("div");
  const pictures = h("div", null, compare(place, shown));
  const strip = looksStrip(place, shown);
  const alive = presentationPanel(place, id);
  const measure = h("div", null, gauge(shown, full.likeness));
  const bar = h("div.alert-actions", { role: "group", "aria-label": "Actions" });
  const trouble = h("div");
  const past = h("div");
  const more = h("div.stack");
  fill(box, head, better, h("div.evidence", null, pictures, measure), alive.root, strip.root, bar, trouble, h("section.stack", { "aria-label": "History" }, h("h3", null, "History"), past, commentBox()), more);
  draw(full, casework);

  async function read() {
    return Promise.all([api.get(`/alerts/${id}`, { signal }), api.read(`/casework/alerts/${id}`, { signal })]);
  }

  let turn = 0;

  async function changed() {
    const mine = ++turn;
    try {
      const [again, work] = await read();
      if (mine !== turn) return;
      draw(again, work);
      place.onchange?.(again.alert);
    } catch (error) {
      if (error.name !== "AbortError" && mine === turn) fill(trouble, problemBox(error, changed));
    }
  }

  function draw(found, { data: work, etag }) {
    const { alert } = found;
    const { case: state } = work;
    fill(head,
      h("div.row", null, h("h2", { tabindex: "-1" }, said(alert.subject.name)), workTag(alert.work),
        state.assignee && h("span.tag", null, "handed to ", said(state.assignee)),
        presentationTag(alert),
        alert.held_back && h("span.tag", null, "face held back")),
      h("p.quiet", null, session.may("subject.read") ? h("a", { href: href("subjects", [alert.subject.subject_id]) }, "Subject") : "Subject",
        alert.subject.external_reference && [" ", said(alert.subject.external_reference)], alert.subject.category && [" · ", said(alert.subject.category)],
        " · watchlist ", said(alert.watchlist), " · ", said(alert.camera.name), alert.camera.location && [", ", said(alert.camera.location)],
        " · seen ", time(alert.seen_at)),
      presentationNote(alert),
      rulesNote(state, work.history));
    actions = actionsOf({ api, bell, alert, etag, login: session.login, changed, undone: () => run("reopen") });
    const decided = alert.work === "confirmed" || alert.work === "rejected";
    const judged = decided || alert.work === "confirmed by one" || alert.work === "escalated";
    // The bar is not drawn anew while it says the same: the focus stays where it is.
    const which = session.may("alert.review") ? [
      alert.work === "new" && ["acknowledge", "Acknowledge", "a", ""],
      !decided && ["confirm", "Confirm", "c", ".primary"],
      !decided && ["reject", "Reject", "r", ".danger"],
      !decided && alert.work !== "escalated" && ["escalate", "Escalate", "e", ""],
      !decided && ["handOver", "Hand over", "h", ""],
      judged && ["reopen", "Undo", "u", ""],
    ].filter(Boolean) : [];
    const words = JSON.stringify(which);
    if (bar.dataset.words !== words) {
      const focused = bar.contains(document.activeElement);
      bar.dataset.words = words;
      fill(bar, which.map(([name, label, key, kind]) => h(`button${kind}`, { type: "button", "aria-keyshortcuts": key, onclick: () => run(name) }, label, h("kbd", { "aria-hidden": "true" }, key))));
      if (focused) bar.querySelector("button")?.focus();
    }
    strip.told(found.pictured);
    alive.told(alert, found.presentation_picture);
    fill(past, history(work.history, found.verdicts));
    fill(more,
      h("details", { open: true }, h("summary", null, `Tracks (${found.sightings.length})`), tracks(found.sightings)),
      h("details", null, h("summary", null, `Deliveries (${found.deliveries.length})`), deliveries(found.deliveries)),
      h("details", null, h("summary", null, "All that is known"), h("dl.facts", null, facts(alert).map(([name, value]) => h("div", null, h("dt", null, name), h("dd", null, value))))));
    fill(better, alert.revision > shown.revision && h("p.note", { role: "status" }, "A better look of the same person has come. ",
      h("button", { type: "button", onclick: () => {
        shown = alert;
        fill(pictures, compare(place, alert));
        strip.load();
        alive.load();
        fill(measure, gauge(alert, found.likeness));
        fill(better);
      } }, "Show it")));
  }

  async function run(name) {
    const action = actions[name];
    if (!action || busy || !session.may("alert.review")) return;
    busy = true;
    fill(trouble);
    try {
      await action();
    } catch (error) {
      fill(trouble, problemBox(error));
    } finally {
      busy = false;
    }
  }

  function commentBox() {
    if (!session.may("alert.review")) return null;
    const name = newId("comment");
    const text = h("textarea", { id: name, rows: 2, maxlength: 2000, dir: "auto" });
    keepDraft(text, `comment:${id}`);
    const wrong = h("div");
    let repeated = once();
    const send = async () => {
      if (!text.value.trim()) {
        text.focus();
        return;
      }
      fill(wrong);
      try {
        const given = { text: text.value.trim() };
        await repeated((key) => api.post(`/casework/alerts/${id}/comments`, given, { key }), given);
        repeated = once(); // the same words again are another comment
        text.value = "";
        dropDraft(`comment:${id}`);
        await changed();
      } catch (error) {
        fill(wrong, problemBox(error));
      }
    };
    text.addEventListener("keydown", (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && send());
    return h("div.comment", null, h("label", { for: name }, "Comment"), text, wrong, h("div.row", null, h("button", { type: "button", onclick: send }, "Add comment"), h("span.help", null, "Ctrl+Enter")));
  }

  return {
    run,
    comment: () => box.querySelector(".comment textarea")?.focus(),
    told: () => changed(),
  };
}

function rulesNote(state, events) {
  if (!state.two_person) return null;
  if (state.status === "confirmed by one") {
    const first = events.filter((one) => one.action === "confirm").at(-1);
    return h("p.note", null, "Two people must agree: ", first ? said(first.actor) : "one", " has confirmed it, somebody else must look, too.");
  }
  if (state.status === "escalated") return h("p.warning", null, "Escalated: somebody who has not judged it decides.");
  return state.status === "confirmed" || state.status === "rejected" ? null : h("p.note", null, "A confirmation of this watchlist needs two people.");
}

function facts(alert) {
  return [
    ["Alert", alert.alert_id], ["Revision", alert.revision], ["Model", alert.model_id],
    ["First usable look (camera's clock)", time(alert.seen_at, { only: "full" })], ["Last seen", time(alert.last_seen_at, { only: "full" })],
    ["Received", time(alert.received_at, { only: "full" })], ["Raised", time(alert.raised_at, { only: "full" })],
    ["This revision decided", time(alert.decided_at, { only: "full" })],
  ];
}
