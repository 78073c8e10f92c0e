// @ts-check
/** What has happened, as it happens. */

import { h, keyed, put } from "./dom.js";
import { time } from "./format.js";
import { ofWorkers, shape } from "./words.js";

const SHOWN = 200;
const TONES = /** @type {[string, string][]} */ ([["", "Everything"], ["bad", "Bad news"], ["warn", "Warnings"], ["good", "Good news"]]);

/** @param {import("./store.js").Store} store @returns {import("./app.js").View} */
export function events(store) {
  let key = "";
  const text = /** @type {HTMLInputElement} */ (h("input", { type: "search", id: "filter", placeholder: "a model or a word", autocomplete: "off", oninput: () => update() }));
  const tone = /** @type {HTMLSelectElement} */ (h("select", { id: "tone", onchange: () => update() }, ...TONES.map(([value, name]) => h("option", { value, text: name }))));
  /** @type {Map<string, HTMLElement>} */ const made = new Map();
  const list = h("ol", { class: "list" });
  const none = h("p", { class: "list empty", text: "No such event yet." });
  const summary = h("p", { class: "summary" });
  const node = h("div", {}, h("div", { class: "view-head" }, h("h1", { text: "Events" }),
    h("div", { class: "choice" }, h("label", { for: "filter", text: "Find" }), text, h("label", { for: "tone", text: "Show" }), tone)), summary, list, none);

  function update() {
    const wanted = text.value.trim().toLowerCase();
    const last = store.events.at(-1)?.n ?? 0;
    const next = `${last} ${wanted} ${tone.value} ${store.events.length}`;
    if (next === key) return;
    key = next;
    const found = store.events.filter((one) => (!tone.value || one.tone === tone.value)
      && (!wanted || `${one.model ?? ""} ${one.text} ${one.kind} ${ofWorkers(one.workers)}`.toLowerCase().includes(wanted))).slice(-SHOWN).reverse();
    put(summary, `${found.length} shown of ${store.events.length} kept, the newest first.`);
    none.hidden = found.length > 0;
    const rows = new Map(found.map((one) => [String(one.n), one]));
    keyed(list, [...rows.keys()], made, (one) => row(/** @type {import("./records.d.ts").Happening} */ (rows.get(one))), (one) => one);
  }
  return { node, update };
}

/** @param {import("./records.d.ts").Happening} one */
function row(one) {
  return h("li", { class: "event" }, h("time", { text: time(one.at) }), shape(one.tone),
    one.model ? h("a", { class: "who", href: `#model/${encodeURIComponent(one.model)}`, text: one.model, title: one.model }) : h("span", { class: "who", text: "fleet" }),
    h("span", { class: "what" }, one.text, one.workers && h("span", { class: "how", text: ` · ${ofWorkers(one.workers)}` })));
}
