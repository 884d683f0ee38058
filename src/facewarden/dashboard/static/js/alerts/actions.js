// What an operator does with an alert. Each action shows what the server said, and nothing before.

import { newKey } from "../api.js";
import { ask, openDialog } from "../dialog.js";
import { h, newId } from "../dom.js";
import { draft, dropDraft, setDraft } from "../drafts.js";
import { toast } from "../toast.js";

const REASONS = ["Another person", "The pictures are too poor to tell", "A picture of a face, not a person"];

/**
 * The actions on one alert.
 * @param {Object} options
 * @param {import("../api.js").Api} options.api
 * @param {Object} options.bell
 * @param {Object} options.alert
 * @param {string} options.etag of the work on it, as it is shown
 * @param {string} options.login of who acts
 * @param {() => void} options.changed reads it again
 * @param {() => void} options.undone begins undoing; offered after a verdict
 */
export function actionsOf({ api, bell, alert, etag, login, changed, undone }) {
  const id = alert.alert_id;
  const done = (text, action = null) => {
    toast(text, { action });
    changed();
  };
  const kept = (name) => ({ value: draft(`${name}:${id}`), oninput: (text) => setDraft(`${name}:${id}`, text) });

  // What was refused as made from an old state is read again, so that who acts sees what came between.
  const missed = (error) => {
    if (error.status === 412) {
      changed();
      error.remedy = "The alert is read again behind this dialog: close it, look what was done, then decide.";
    }
    throw error;
  };

  const acknowledge = async () => {
    await bell.acknowledge(id);
    done("Acknowledged.");
  };

  const confirm = () => verdict({
    title: "Confirm the candidate?",
    text: "You have compared probe and reference, and say that they show the same person.",
    state: "confirmed", action: "Confirm", required: false,
  });

  const looksLikePicture = alert.held || alert.presentation?.verdict === "attack";

  const reject = () => verdict({
    title: "Reject the candidate",
    text: looksLikePicture ? "They show different people, or a picture was held to the camera, or it cannot be told." : "They show different people, or it cannot be told.",
    state: "rejected", action: "Reject", required: true,
  });

  const verdict = async ({ title, text, state, action, required }) => {
    const name = newId("verdict");
    const { value, oninput } = kept(state);
    const reason = h("textarea", { id: name, rows: 3, maxlength: 2000, dir: "auto", required, autofocus: true, "aria-describedby": `${name}-wrong`, value });
    const wrong = h("p.invalid", { id: `${name}-wrong`, hidden: true }, "A rejection needs a reason.");
    const hold = h("input", { type: "checkbox", checked: !looksLikePicture, "aria-describedby": looksLikePicture ? `${name}-hold` : null });
    const evenSo = h("input", { type: "checkbox" });
    const evenSoLine = h("label.check", { hidden: true }, evenSo, h("span", null, "Hold it back even so: I have compared the pictures again."));
    reason.addEventListener("input", () => oninput(reason.value));
    const send = once();
    const answer = await openDialog({
      title,
      body: [
        h("p", null, text),
        h("div.field", null, h("label", { for: name }, required ? "Reason" : "Remark", required ? "" : h("span.optional", null, " (may stay empty)")),
          reason, wrong,
          required && h("div.row", { role: "group", "aria-label": "Frequent reasons" }, REASONS.map((one) => h("button", { type: "button", onclick: () => {
            reason.value = one;
            oninput(one);
            wrong.hidden = true;
            reason.focus();
          } }, one)))),
        required && h("label.check", null, hold, h("span", null, "Hold this face back: it raises no more alerts for this subject.")),
        required && looksLikePicture && h("p.help", { id: `${name}-hold` }, "Not by itself here: where a picture of the subject was shown, holding it back would hide the subject, too."),
        required && evenSoLine,
      ],
      actions: [
        { label: "Cancel", value: null },
        { label: action, primary: true, danger: required, run: async () => {
          if (required && !reason.value.trim()) {
            wrong.hidden = false;
            reason.setAttribute("aria-invalid", "true");
            reason.focus();
            return undefined;
          }
          const given = { state, reason: reason.value.trim(), hold_back: hold.checked, even_so: evenSo.checked };
          try {
            return await send((key) => api.post(`/alerts/${id}/reviews`, given, { key }), given);
          } catch (error) {
            if (error.status === 409 && error.remedy.includes("even_so")) {
              evenSoLine.hidden = false;
              error.remedy = "Compare the pictures again; then tick the box below, or do not hold the face back.";
            }
            throw error;
          }
        } },
      ],
    });
    if (!answer) return;
    dropDraft(`${state}:${id}`);
    const words = { "confirmed": "Confirmed.", "confirmed by one": "Confirmed by you; a second person must agree before it counts.",
      "rejected": "Rejected.", "escalated": "You disagree with a colleague: it is escalated, somebody else decides." }[answer.alert.work] ?? `It is ${answer.alert.work}.`;
    done(answer.consequence ? `${words} ${sentence(answer.consequence)}` : words, { label: "Undo", run: undone });
  };

  const withReason = (path, { title, text, action, said, name, danger = false, required = true, label = "Reason" }) => async () => {
    const { value, oninput } = kept(name);
    const send = once();
    const answer = await ask({
      title, text, action, danger,
      reason: { label, value, oninput, required },
      run: (words) => send((key) => api.post(`/casework/alerts/${id}/${path}`, { text: words }, { key, etag }), words).catch(missed),
    });
    if (answer === null) return;
    dropDraft(`${name}:${id}`);
    done(said);
  };

  const escalate = withReason("escalate", { title: "Escalate", text: "Somebody else is to decide. You cannot judge it afterwards.", action: "Escalate", said: "Escalated.", name: "escalate" });
  const reopen = withReason("reopen", { title: "Undo the verdict", text: "The alert is open again; a face that was held back no longer is. The history keeps both.", action: "Undo", said: "It is open again.", name: "reopen", danger: true });

  const handOver = async () => {
    const name = newId("hand");
    const send = once();
    const colleagues = [];
    for await (const one of api.all(`/casework/alerts/${id}/colleagues`)) colleagues.push(one);
    colleagues.sort((one, other) => (one.login === login) - (other.login === login) || one.login.localeCompare(other.login));
    const choice = h("select", { id: name, required: true, autofocus: true, "aria-describedby": `${name}-wrong` },
      h("option", { value: "" }, "Choose"),
      colleagues.map((one) => h("option", { value: one.login }, one.login === login ? `${one.login} (you)` : `${one.login}, ${one.role}`)));
    const wrong = h("p.invalid", { id: `${name}-wrong`, hidden: true }, "Choose who goes on with it.");
    const { value, oninput } = kept("hand");
    const text = h("textarea", { id: `${name}-text`, rows: 3, maxlength: 2000, dir: "auto", value });
    text.addEventListener("input", () => oninput(text.value));
    const answer = await openDialog({
      title: "Hand over",
      body: [
        h("div.field", null, h("label", { for: name }, "Colleague"), choice, wrong,
          h("p.help", null, "Those who may review this alert.")),
        h("div.field", null, h("label", { for: `${name}-text` }, "What they should know", h("span.optional", null, " (may stay empty)")), text),
      ],
      actions: [{ label: "Cancel", value: null }, { label: "Hand over", primary: true, run: () => {
        if (!choice.value) {
          wrong.hidden = false;
          choice.setAttribute("aria-invalid", "true");
          choice.focus();
          return undefined;
        }
        const given = { assignee: choice.value, text: text.value.trim() };
        return send((key) => api.post(`/casework/alerts/${id}/hand-over`, given, { key, etag }), given).catch(missed);
      } }],
    });
    if (!answer) return;
    dropDraft(`hand:${id}`);
    done(`Handed over to ${answer.case.assignee}.`);
  };

  return { acknowledge, confirm, reject, escalate, handOver, reopen };
}

/** Send with one idempotency key for as long as what is sent stays the same. */
export function once() {
  let key = newKey();
  let last = "";
  return (send, given) => {
    const text = JSON.stringify(given);
    if (text !== last) key = newKey();
    last = text;
    return send(key);
  };
}

function sentence(text) {
  const begun = text[0].toUpperCase() + text.slice(1);
  return /[.!?]$/.test(begun) ? begun : `${begun}.`;
}
