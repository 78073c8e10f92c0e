// @ts-check
/** What has happened, as it happens. */

import { h, put } from "./dom.js";
import { time } from "./format.js";
import { shape } from "./words.js";

const SHOWN = 200;
const TONES = /** @type {[string, string][]} */ ([["", "Everything"], ["bad", "Bad news"], ["warn", "Warnings"], ["good", "Good news"]]);

/** @param {import("./store.js").Store} store @returns {import("./app.js").View} */
export function events(store) {
  let key = "";
  const text = /** @type {HTMLInputElement} */ (h("input", { type: "search", id: "filter", placeholder: "a model or a word", autocomplete: "off", oninput: () => update() }));
  const tone = /** @type {HTMLSelectElement} */ (h("select", { id: "tone", onchange: () => update() }, ...TONES.map(([value, name]) => h("option", { value, text: name }))));
  const list = h("ol", { class: "list" });
  const summary = h("p", { class: "summary" });
  const node = h("div", {}, h("div", { class: "view-head" }, h("h1", { text: "Events" }),
    h("div", { class: "choice" }, h("label", { for: "filter", text: "Find" }), text, h("label", { for: "tone", text: "Show" }), tone)), summary, list);

  function update() {
    const wanted = text.value.trim().toLowerCase();
    const last = store.events.length ? store.events[store.events.length - 1].n : 0;
    const next = `${last} ${wanted} ${tone.value} ${store.events.length}`;
    if (next === key) return;
    key = next;
    const found = store.events.filter((one) => (!tone.value || one.tone === tone.value)
      && (!wanted || `${one.model ?? ""} ${one.text} ${one.kind}`.toLowerCase().includes(wanted))).slice(-SHOWN).reverse();
    put(summary, `${found.length} shown of ${store.events.length} kept, the newest first.`);
    list.replaceChildren(...(found.length ? found.map(row) : [h("li", { class: "empty", text: "No such event yet." })]));
  }
  return { node, update };
}

/** @param {any} one */
function row(one) {
  return h("li", { class: "event" }, h("time", { text: time(one.at) }), shape(one.tone),
    one.model ? h("a", { class: "who", href: `#model/${encodeURIComponent(one.model)}`, text: one.model, title: one.model }) : h("span", { class: "who", text: "fleet" }),
    h("span", { class: "what", text: one.text }));
}
