// @ts-check
/** The ways of the last tasks: each attempt, each model that was passed over and why. */

import { h, keyed, put } from "./dom.js";
import { span, time } from "./format.js";
import { shape } from "./words.js";

const SHOWN = 100;
const TONES = /** @type {Record<string, string>} */ ({ success: "good", failure: "bad", timeout: "bad", cancelled: "info", rejected: "rest" });
const SORTS = /** @type {[string, string, (task: import("./records.d.ts").Way) => boolean][]} */ ([
  ["all", "All tasks", () => true],
  ["failed", "Failed", (task) => !task.success],
  ["moved", "More than one step", (task) => task.steps.length > 1],
]);

/** @param {import("./store.js").Store} store @returns {import("./app.js").View} */
export function tasks(store) {
  let sort = SORTS[0];
  let newest = -1;
  /** @type {Map<string, HTMLElement>} */ const made = new Map();
  const list = h("ol", { class: "list" });
  const none = h("p", { class: "list empty", text: "No such task yet." });
  const summary = h("p", { class: "summary" });
  const buttons = SORTS.map((one) => h("button", {
    type: "button", "aria-pressed": String(one === sort), text: one[1],
    onclick: () => {
      sort = one;
      buttons.forEach((button, place) => button.setAttribute("aria-pressed", String(SORTS[place] === sort)));
      newest = -1;
      update();
    },
  }));
  const node = h("div", {}, h("div", { class: "view-head" }, h("h1", { text: "Tasks" }), h("div", { class: "choice", role: "group", "aria-label": "Which tasks" }, ...buttons)), summary, list, none);

  function update() {
    const last = store.tasks.at(-1)?.number ?? 0;
    if (last === newest) return;
    newest = last;
    const found = store.tasks.filter(sort[2]).slice(-SHOWN).reverse();
    put(summary, "The last 200 tasks and all kept failures, without what they asked and what came back.");
    none.hidden = found.length > 0;
    const rows = new Map(found.map((one) => [String(one.number), one]));
    keyed(list, [...rows.keys()], made, (one) => row(/** @type {import("./records.d.ts").Way} */ (rows.get(one))), (one) => one);
  }
  return { node, update: (kind) => { if (kind !== "tick") update(); } };
}

/** @param {import("./records.d.ts").Way} task */
function row(task) {
  const calls = task.steps.filter((step) => step.number > 0).length;
  const passed = task.steps.length - calls;
  const how = [calls === 1 ? "1 attempt" : `${calls} attempts`];
  if (passed) how.push(`${passed} passed over`);
  if (task.worker) how.push(`worker ${task.worker}`);
  return h("li", {}, h("details", {},
    h("summary", {}, h("time", { text: time(task.at) }), shape(task.success ? "good" : "bad"),
      h("span", { class: "what", text: task.success ? `Answered by ${task.model}` : `Failed: ${task.error ?? "no model answered"}` }),
      h("span", { class: "how", text: how.join(", ") }), h("span", { class: "took", text: span(task.seconds) })),
    h("ol", { class: "way", "aria-label": "Its way" }, ...task.steps.map((step) => way(step, task.seconds))),
    h("p", { class: "id", text: `${task.task_id} · ${task.strategy}${task.degraded ? " · answered by a degraded model" : ""}` })));
}

/** @param {import("./records.d.ts").Step} step @param {number} all */
function way(step, all) {
  const bar = h("span", { class: "bar" });
  const lane = h("span", { class: "lane", "aria-hidden": "true" }, bar);
  const total = Math.max(all, 1e-6);
  bar.style.marginLeft = `${Math.min(98, (step.at / total) * 100)}%`;
  bar.style.width = `${Math.max(1, Math.min(100 - (step.at / total) * 100, (step.seconds / total) * 100))}%`;
  bar.dataset.tone = TONES[step.outcome] ?? "info";
  const word = step.number === 0 ? "passed over" : step.outcome;
  return h("li", {}, shape(TONES[step.outcome] ?? "info"), h("span", { class: "who", text: step.model }),
    h("span", { class: "why", text: step.why ? `${word}: ${step.why}` : word }), lane,
    h("span", { class: "took", text: step.number === 0 ? "" : span(step.seconds) }));
}
