// @ts-check
/** What a person should know of: the alerts that hold, and those that held. */

import { h, put } from "./dom.js";
import { ago, time } from "./format.js";
import { shape } from "./words.js";

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
      put(summary, store.alerts.length === 0 ? "No alert holds." : `${store.alerts.length} ${store.alerts.length === 1 ? "alert holds" : "alerts hold"}, the oldest first.`);
      const gone = store.events.filter((one) => one.kind === "AlertResolved").slice(-50).reverse();
      const next = JSON.stringify([store.alerts.map((one) => one.n), gone.length, Math.floor(store.now / 10000)]);
      if (next === key) return;
      key = next;
      active.replaceChildren(...(store.alerts.length ? store.alerts.map((one) => row(one, store.now)) : [calm()]));
      past.replaceChildren(...(gone.length ? gone.map((one) => h("li", { class: "event" }, h("time", { text: time(one.at) }), shape("good"),
        h("span", { class: "who", text: one.model ?? "fleet" }), h("span", { class: "what", text: one.text.replace("Alert resolved: ", "") }))) : [h("li", { class: "empty", text: "None yet." })]));
    },
  };
}

function calm() {
  return h("li", { class: "empty calm" }, shape("good"), h("span", { text: "All is quiet." }));
}

/** @param {any} one @param {number} now */
function row(one, now) {
  return h("li", { class: "alert", "data-severity": one.severity }, shape(one.severity === "warning" ? "warn" : "bad"),
    h("div", {}, h("p", { class: "what", text: one.message }),
      h("p", { class: "how", text: `${one.severity} · ${one.condition.replaceAll("_", " ")} · since ${time(one.since)}, ${ago(one.since, now)}` })),
    one.model && h("a", { class: "go", href: `#model/${encodeURIComponent(one.model)}`, text: "Look at the model" }));
}

