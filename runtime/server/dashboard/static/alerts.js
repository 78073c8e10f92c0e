// @ts-check
/** What a person should know of: the alerts that hold, and those that held. */

import { confirm } from "./controls.js";
import { h, put } from "./dom.js";
import { ago, time } from "./format.js";
import { send } from "./stream.js";
import { shape } from "./words.js";

const SPANS = [["1h", "1 hour"], ["4h", "4 hours"], ["1d", "1 day"]];

/** @param {import("./store.js").Store} store @returns {import("./app.js").View} */
export function alerts(store) {
  let key = "";
  const active = h("ol", { class: "list alerts" });
  const past = h("ol", { class: "list" });
  const summary = h("p", { class: "summary" });
  const node = h("div", {}, h("div", { class: "view-head" }, h("h1", { text: "Alerts" })), summary, active,
    h("h2", { class: "part", text: "Resolved lately" }), past);
  return {
    node,
    update() {
      const count = store.alerts.length;
      const held = count === 0 ? "No alert holds." : `${count} ${count === 1 ? "alert holds" : "alerts hold"}, the oldest first.`;
      const off = "To acknowledge and silence alerts, and to be told of them, set alerts.enabled: true.";
      put(summary, store.alertsOn ? held : `${held} ${off}`);
      const gone = store.events.filter((one) => one.kind === "AlertResolved").slice(-50).reverse();
      const next = JSON.stringify([store.alerts, gone.length, store.session?.role, Math.floor(store.now / 10000)]);
      if (next === key) return;
      key = next;
      active.replaceChildren(...(store.alerts.length ? store.alerts.map((one) => row(one, store)) : [calm()]));
      past.replaceChildren(...(gone.length ? gone.map((one) => h("li", { class: "event" }, h("time", { text: time(one.at) }), shape("good"),
        h("span", { class: "who", text: one.model ?? "fleet" }), h("span", { class: "what", text: one.text.replace("Alert resolved: ", "") }))) : [h("li", { class: "empty", text: "None yet." })]));
    },
  };
}

function calm() {
  return h("li", { class: "empty calm" }, shape("good"), h("span", { text: "All is quiet." }));
}

/** @param {any} one @param {import("./store.js").Store} store */
function row(one, store) {
  const how = [one.severity, one.condition.replaceAll("_", " "), `since ${time(one.since)}, ${ago(one.since, store.now)}`];
  if (one.state === "pending") how.push("not told yet");
  if (one.told_on?.length) how.push(`told on ${one.told_on.join(", ")}`);
  if (one.acknowledged_by) how.push(`acknowledged by ${one.acknowledged_by}`);
  if (one.silenced) how.push("silenced");
  if (one.escalated) how.push("escalated");
  return h("li", { class: "alert" }, shape(one.severity === "warning" ? "warn" : "bad"),
    h("div", {}, h("p", { class: "what", text: one.message }), h("p", { class: "how", text: how.join(" · ") })),
    h("div", { class: "choice" }, ...actions(one, store),
      one.model && h("a", { class: "go", href: `#model/${encodeURIComponent(one.model)}`, text: "Look at the model" })));
}

/** @param {any} one @param {import("./store.js").Store} store */
function actions(one, store) {
  if (!store.alertsOn || store.session?.role !== "operate") return [];
  const act = (/** @type {string} */ verb, /** @type {string} */ span) => async (/** @type {string} */ reason) => {
    await send("alerts", { verb, fingerprint: one.fingerprint, span, reason }, store.session?.token ?? null);
  };
  const buttons = one.acknowledged_by ? [] : [h("button", {
    type: "button", text: "Acknowledge", onclick: () => confirm("Acknowledge the alert",
      "You know of it: it is not repeated and not escalated. It stays here until it is resolved.", "Acknowledge", false, act("acknowledge", "")),
  })];
  if (one.silenced) return buttons;
  return [...buttons, h("span", { class: "how", text: "Silence" }), ...SPANS.map(([span, name]) => h("button", {
    type: "button", text: name, "aria-label": `Silence for ${name}`, onclick: () => confirm(`Silence for ${name}`,
      `Nothing is told of ${one.condition.replaceAll("_", " ")}${one.model ? ` of ${one.model}` : ""} for ${name}. It stays visible here.`, "Silence", true, act("silence", span)),
  }))];
}
