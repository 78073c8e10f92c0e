// @ts-check
/** What a person should know of: the alerts that hold, those that held, and where they were told. */

import { confirm } from "./controls.js";
import { h, put, swap } from "./dom.js";
import { ago, span, time } from "./format.js";
import { past } from "./past.js";
import { ask, send } from "./stream.js";
import { ofWorkers, shape } from "./words.js";

/** @typedef {import("./records.d.ts").Alert} Alert */
/** @typedef {import("./store.js").Store} Store */
const SPANS = [["1h", "1 hour"], ["4h", "4 hours"], ["1d", "1 day"]];
const STATES = /** @type {Record<string, import("./records.d.ts").Tone>} */ ({ delivered: "good", failed: "bad", dropped: "bad", queued: "info" });
const KINDS = /** @type {Record<string, string>} */ ({ firing: "told", resolved: "resolved told", repeat: "repeated" });

/** @param {Store} store @returns {import("./app.js").View} */
export function alerts(store) {
  let key = "";
  let asked = "";
  /** @type {import("./records.d.ts").Delivery[]} */ let deliveries = [];
  /** @type {import("./records.d.ts").Silence[]} */ let silences = [];
  const active = h("ol", { class: "list alerts" });
  const silent = h("ol", { class: "list alerts" });
  const silentPart = h("section", { hidden: true }, h("h2", { class: "part", text: "Silences" }), silent);
  const lately = h("ol", { class: "list-part" });
  const before = h("ol", { class: "list-part" });
  const none = h("p", { class: "empty", text: "None yet." });
  const summary = h("p", { class: "summary" });
  const older = past("alerts", () => store.resolved[0]?.at, pastRow, before);
  const node = h("div", {}, h("div", { class: "view-head" }, h("h1", { text: "Alerts" })), summary, active, silentPart,
    h("h2", { class: "part", text: "Earlier" }), h("div", { class: "list" }, none, lately, before), older.node);
  older.load().then(update);

  async function fetchIt() {
    try {
      ({ deliveries, silences } = await ask("deliveries"));
      key = "";
      update();
    } catch {
      // The next change asks again.
    }
  }

  function update() {
    const count = store.alerts.length;
    const held = count === 0 ? "No alert holds." : `${count} ${count === 1 ? "alert holds" : "alerts hold"}, the oldest first.`;
    const off = "To be told of alerts, to acknowledge and to silence them, set alerts.enabled: true.";
    put(summary, store.alertsOn ? held : `${held} ${off}`);
    none.hidden = store.resolved.length + older.count > 0;
    const changed = JSON.stringify([store.alerts, store.resolved.length, Math.floor(store.now / 20000)]);
    if (changed !== asked && store.alertsOn) {
      asked = changed;
      fetchIt();
    }
    const next = JSON.stringify([store.alerts, deliveries.length, silences, store.resolved.length, store.operates, Math.floor(store.now / 10000)]);
    if (next === key) return;
    key = next;
    const open = new Set([...node.querySelectorAll("details[open]")].map((one) => /** @type {HTMLElement} */ (one).dataset.alert));
    swap(active, ...(count ? store.alerts.map((one) => row(one, store, deliveries, open)) : [calm()]));
    silentPart.hidden = silences.length === 0;
    swap(silent, ...silences.map((one) => silence(one, store)));
    lately.replaceChildren(...[...store.resolved].reverse().flatMap((one) => (one.alert ? [pastRow({ ...one.alert, at: one.at, change: "resolved" })] : [])));
  }
  return { node, update };
}

function calm() {
  return h("li", { class: "empty calm" }, shape("good"), h("span", { text: "All is quiet." }));
}

/** @param {Alert} one @param {Store} store @param {import("./records.d.ts").Delivery[]} deliveries @param {Set<string | undefined>} open */
function row(one, store, deliveries, open) {
  const how = [one.severity, one.condition.replaceAll("_", " "), `since ${time(one.since)}, ${ago(one.since, store.now)}`];
  if (one.state === "pending") how.push("not told yet");
  if (one.acknowledged_by) how.push(`acknowledged by ${one.acknowledged_by}`);
  if (one.silenced) how.push("silenced");
  if (one.escalated) how.push("escalated");
  if (one.over) how.push("over, and resolved if it stays so");
  if (one.told_elsewhere) how.push("told by another process");
  if (one.workers) how.push(ofWorkers(one.workers));
  return h("li", { class: "alert" }, shape(one.severity === "warning" ? "warn" : "bad"),
    h("div", { class: "words" }, h("p", { class: "what", text: one.message }), h("p", { class: "how", text: how.join(" · ") }),
      store.alertsOn && record(one, deliveries.filter((delivery) => one.fingerprint !== null && delivery.fingerprints.includes(one.fingerprint)), open)),
    h("div", { class: "choice" }, ...actions(one, store),
      one.model && h("a", { class: "go", href: `#model/${encodeURIComponent(one.model)}`, text: "Look at the model" })));
}

/** Where an alert was told, and what became of it. @param {Alert} one @param {import("./records.d.ts").Delivery[]} told @param {Set<string | undefined>} open */
function record(one, told, open) {
  if (told.length === 0) return h("p", { class: "how", text: "No notification yet." });
  const channels = [...new Set(told.map((delivery) => delivery.channel))];
  const failed = told.filter((delivery) => STATES[delivery.state] === "bad").length;
  const words = `${told.length} ${told.length === 1 ? "notification" : "notifications"} on ${channels.join(", ")}${failed ? `, ${failed} not delivered` : ""}`;
  return h("details", { class: "told-on", "data-alert": one.fingerprint, open: open.has(one.fingerprint ?? undefined) }, h("summary", { class: "how", text: words }),
    h("ol", {}, ...told.map((delivery) => h("li", {}, h("time", { text: time(delivery.at) }), shape(STATES[delivery.state] ?? "info"),
      h("span", { class: "who", text: delivery.channel }),
      h("span", { text: `${KINDS[delivery.kind] ?? delivery.kind.replaceAll("_", " ")}: ${delivery.state}${delivery.tries > 1 ? `, ${delivery.tries} tries` : ""}${delivery.reason ? `: ${delivery.reason}` : ""}` })))));
}

/** @param {import("./records.d.ts").Silence} one @param {Store} store */
function silence(one, store) {
  const about = Object.entries(one.match).map(([name, value]) => `${name} ${value}`).join(", ");
  const end = () => confirm("End the silence", `What still fires of ${about} is told at once.`, "End the silence", false,
    (reason) => send("alerts", { verb: "unsilence", id: one.id, span: "", reason }, store.token));
  return h("li", { class: "alert" }, shape("rest"),
    h("div", { class: "words" }, h("p", { class: "what", text: about }), h("p", { class: "how", text: `until ${time(one.ends)} · by ${one.by}${one.comment ? ` · ${one.comment}` : ""}` })),
    h("div", { class: "choice" }, store.operates && h("button", { type: "button", text: "End", "aria-label": `End the silence of ${about}`, onclick: end })));
}

/** @param {import("./records.d.ts").AlertRow} one */
function pastRow(one) {
  const over = one.change === "resolved";
  const lasted = over ? `resolved after ${span((one.at - one.since) / 1000)}` : one.change;
  return h("li", { class: "event" }, h("time", { text: time(one.at) }), shape(over ? "good" : one.severity === "warning" ? "warn" : "bad"),
    h("span", { class: "who", text: one.model ?? "fleet", title: one.model ?? "" }),
    h("span", { class: "what" }, one.message, h("span", { class: "how", text: ` · ${lasted}` })));
}

/** @param {Alert} one @param {Store} store */
function actions(one, store) {
  if (!store.alertsOn || !store.operates) return [];
  const act = (/** @type {string} */ verb, /** @type {string} */ span) => (/** @type {string} */ reason) =>
    send("alerts", { verb, id: one.fingerprint, span, reason }, store.token);
  const about = `${one.condition.replaceAll("_", " ")}${one.model ? ` of ${one.model}` : ""}`;
  const buttons = one.acknowledged_by ? [] : [h("button", {
    type: "button", text: "Acknowledge", "aria-label": `Acknowledge ${about}`, onclick: () => confirm("Acknowledge the alert",
      "You know of it: it is not repeated and not escalated. It stays here until it is resolved.", "Acknowledge", false, act("acknowledge", "")),
  })];
  if (one.silenced) return buttons;
  return [...buttons, h("span", { class: "group", role: "group", "aria-label": `Silence ${about}` }, h("span", { class: "how", text: "Silence" }), ...SPANS.map(([span, name]) => h("button", {
    type: "button", text: name, "aria-label": `Silence ${about} for ${name}`, onclick: () => confirm(`Silence for ${name}`,
      `Nothing is told of ${about} for ${name}. It stays visible here.`, "Silence", true, act("silence", span)),
  })))];
}
