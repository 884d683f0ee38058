// One deployment: proposed, authorised by a second person, ended, wiped; its report and certificate.

import { Problem } from "../api.js";
import { ask } from "../dialog.js";
import { fill, h, said } from "../dom.js";
import { form, saveMerging } from "../form.js";
import { problemBox } from "../problem.js";
import { href } from "../router.js";
import { toast } from "../toast.js";
import { count, figure, time } from "../words.js";
import { download } from "../parts/download.js";
import { facts, section } from "../parts/facts.js";
import { allCameras, watchlistNames } from "../parts/known.js";
import { deploymentReport } from "./deployment-report.js";
import { stateOf } from "./deployments.js";
import { planFields, planOf, planShown } from "./plan-fields.js";

const EVERY_MS = 5000;

export async function deploymentPage({ root, api, session, signal, title }, id) {
  const path = `/deployments/${id}`;
  let { data: found, etag } = await api.read(path, { signal });
  const plan = h("div");
  const steps = h("div");
  const report = h("div");
  const trouble = h("div");
  let editing = false;
  fill(root, trouble, h("div.two", null, plan, steps), report);
  show();
  showReport();

  const timer = setInterval(async () => {
    if (document.hidden || editing || document.querySelector("dialog[open]")) return;
    try {
      const now = await api.read(path, { signal });
      const before = JSON.stringify(found);
      ({ data: found, etag } = now);
      if (JSON.stringify(found) !== before) {
        show();
        showReport();
      }
    } catch {
      // The banner tells of a lost network; the next turn tries again.
    }
  }, EVERY_MS);
  signal.addEventListener("abort", () => clearInterval(timer));

  function show() {
    title(found.plan.place, stateOf(found), session.may("alert.read") && h("a.button", { href: href("alerts", [], { deployment: id }) }, "Its alerts"));
    showPlan();
    showSteps();
  }

  function showPlan() {
    const { plan: what } = found;
    const budget = planShown(what);
    fill(
      plan,
      section(
        "What is watched",
        facts([
          ["Purpose", h("span.prose", null, said(what.purpose))],
          ["Legal basis", h("span.prose", null, said(what.legal_basis))],
          ["From", time(what.starts_at, { only: "full" })],
          ["Until", time(what.ends_at, { only: "full" })],
          ["Cameras", what.cameras.map((one, at) => [at > 0 && ", ", session.may("camera.read") ? h("a", { href: href("cameras", [one]) }, one) : one])],
          ["Watchlists", what.watchlists.map((one, at) => [at > 0 && ", ", said(one)])],
          ["Budget of false alerts", budget.budget === "lists" ? "as the watchlists have it" : budget.budget === "fpir" ? `${figure(budget.number)} of strangers` : `${figure(budget.number)} a day`],
          ["Unconfirmed alerts are deleted", `${count(what.keep_unconfirmed_days, "day")} after its end`],
        ]),
        session.may("deployment.write") && ["proposed", "authorised"].includes(found.state) && h("div.row", null, h("button", { type: "button", onclick: change }, "Change")),
      ),
    );
  }

  function showSteps() {
    const own = found.proposed_by === session.login;
    const proposed = found.state === "proposed";
    const writes = session.may("deployment.write");
    fill(
      steps,
      section(
        "On whose word",
        h(
          "ol.steps",
          null,
          step(true, "Proposed", [said(found.proposed_by), ", ", time(found.proposed_at, { only: "full" })]),
          step(Boolean(found.authorised_by), "Authorised by a second person", found.authorised_by ? [said(found.authorised_by), ", ", time(found.authorised_at, { only: "full" })] : found.state === "withdrawn" ? "never" : "nobody yet"),
          found.state === "withdrawn"
            ? step(true, "Withdrawn", [said(found.ended_by), ", ", time(found.ended_at, { only: "full" }), found.end_reason && [": ", said(found.end_reason)]])
            : [
                step(Boolean(found.ended_at), "Ended", found.ended_at ? [found.ended_by ? said(found.ended_by) : "by itself", ", ", time(found.ended_at, { only: "full" }), found.end_reason && [": ", said(found.end_reason)]] : ["by itself ", time(found.plan.ends_at, { only: "full" })]),
                step(Boolean(found.wiped_at), "Deleted what nobody confirmed", found.wiped_at ? time(found.wiped_at, { only: "full" }) : found.wipes_at ? ["on ", time(found.wipes_at, { only: "full" })] : "after its end"),
              ],
        ),
        proposed && own && session.may("deployment.authorise") && h("p.note", null, "You proposed it: somebody else must authorise it."),
        h(
          "div.row",
          null,
          proposed && !own && session.may("deployment.authorise") && h("button.primary", { type: "button", onclick: authorise }, "Authorise"),
          writes && (proposed || (found.state === "authorised" && !found.running)) && h("button", { type: "button", onclick: () => close("withdraw") }, "Withdraw"),
          writes && found.running && h("button.danger", { type: "button", onclick: () => close("end") }, "End now"),
          ["ended", "wiped"].includes(found.state) && h("button", { type: "button", onclick: certificate }, "Deletion certificate"),
          ["ended", "wiped"].includes(found.state) && h("button", { type: "button", onclick: publicKey }, "Key to check it with"),
        ),
      ),
    );
  }

  async function change() {
    editing = true;
    const [cameras, lists] = await Promise.all([allCameras(api, session, signal), watchlistNames(api, session, signal)]);
    const known = new Set(cameras.map((one) => one.id));
    const all = [...cameras, ...found.plan.cameras.filter((one) => !known.has(one)).map((one) => ({ id: one, setup: { name: "" } }))];
    const fields = planFields(all, lists);
    const base = planShown(found.plan);
    const begun = etag;
    const edit = form({
      fields,
      value: base,
      action: found.state === "authorised" ? "Save; it must be authorised anew" : "Save",
      submit: async (mine) => {
        const saved = await saveMerging({
          fields,
          base,
          mine,
          etag: begun,
          read: () => api.read(path, { signal }),
          fieldsOf: (data) => planShown(data.plan),
          save: (value, tag) => api.put(path, planOf(value), tag, { signal }),
        });
        if (saved === null) return;
        ({ data: found, etag } = saved);
        done();
        toast("Saved. A second person must authorise it.");
      },
      cancel: () => done(),
    });
    fill(plan, section("Change the proposal", found.state === "authorised" ? h("p.warning", null, "What was authorised stops, and needs a second person again.") : null, edit));
    edit.querySelector("input, textarea").focus();

    function done() {
      editing = false;
      show();
    }
  }

  async function authorise() {
    await tried(() =>
      ask({
        title: "Authorise this deployment?",
        text: `From ${new Date(found.plan.starts_at).toLocaleString()} until ${new Date(found.plan.ends_at).toLocaleString()}, ${found.plan.cameras.length} cameras look for everybody on ${found.plan.watchlists.join(", ")}. Who is on these lists now is frozen. Your name stands beside that of ${found.proposed_by}.`,
        action: "Authorise",
        signal,
        run: () => api.send("POST", `${path}/authorise`, { etag, signal }),
      }),
    );
  }

  async function close(how) {
    await tried(() =>
      ask({
        title: how === "end" ? "End this deployment now?" : "Withdraw this deployment?",
        text: how === "end" ? "The cameras stop watching within a second, and its copies of the watchlists are deleted." : "It will not run.",
        action: how === "end" ? "End now" : "Withdraw",
        danger: how === "end",
        reason: { label: "Why" },
        signal,
        run: (reason) => api.post(`${path}/${how}`, { reason }, { signal }),
      }),
    );
  }

  async function tried(work) {
    fill(trouble);
    try {
      if ((await work()) === null) return;
      ({ data: found, etag } = await api.read(path, { signal }));
      show();
      showReport();
    } catch (error) {
      fill(trouble, problemBox(error));
    }
  }

  async function certificate() {
    try {
      const { blob } = await api.blob(`${path}/certificate`, { signal });
      download(blob, `deployment-${id}-deletion.json`);
    } catch (error) {
      const waits = error instanceof Problem && error.status === 404;
      if (waits) toast("There is no certificate yet: it is written when what nobody confirmed is deleted.", { kind: "warning" });
      else fill(trouble, problemBox(error));
    }
  }

  async function publicKey() {
    try {
      const { pem } = await api.get("/deployments/public-key", { signal });
      download(new Blob([pem], { type: "application/x-pem-file" }), "facewarden-deletions.pem");
    } catch (error) {
      fill(trouble, problemBox(error));
    }
  }

  async function showReport() {
    if (!session.may("report.read") || ["proposed", "withdrawn"].includes(found.state)) {
      fill(report);
      return;
    }
    try {
      const numbers = await api.get(`${path}/report`, { signal });
      const page = async () => {
        try {
          const { blob } = await api.blob(`${path}/report.html`, { signal });
          download(blob, `deployment-${id}-report.html`);
        } catch (error) {
          fill(trouble, problemBox(error));
        }
      };
      const json = () => download(new Blob([`${JSON.stringify(numbers, null, 2)}\n`], { type: "application/json" }), `deployment-${id}-report.json`);
      fill(report, h("div.pile", null, deploymentReport(numbers), h("div.row", null, h("button", { type: "button", onclick: page }, "Report as a page"), h("button", { type: "button", onclick: json }, "Report as JSON"))));
    } catch (error) {
      if (error.name !== "AbortError") fill(report, problemBox(error, showReport));
    }
  }
}

function step(done, name, words) {
  return h(`li${done ? ".done" : ""}`, null, h("span.unseen", null, done ? "Done: " : "To come: "), h("strong", null, name), h("span", null, words));
}
