// @ts-check
/** One model: its charts, what became of its calls, its changes, its settings and its controls. */

import { chart } from "./chart.js";
import { operate } from "./controls.js";
import { fact, h, mark, put } from "./dom.js";
import { ago, count, percent, span, time, whole } from "./format.js";
import { ask } from "./stream.js";
import { controls, look, shape } from "./words.js";

const EVERY = 5000;
const CHANGES = 12;

/** @param {import("./store.js").Store} store @param {string} id @returns {import("./app.js").View} */
export function model(store, id) {
  const icon = h("span", { class: "icon" });
  const word = h("span", { class: "word" });
  const since = h("p", { class: "since" });
  const buttons = h("div", { class: "buttons" });
  const said = h("p", { class: "said", role: "status" });
  const head = h("section", { class: "head-card" },
    h("a", { class: "back", href: "#fleet", text: "Fleet" }),
    h("div", { class: "head" }, h("h1", { text: id, title: id }), h("span", { class: "state" }, icon, word)), since, buttons, said);
  const calls = chart("Calls of each five seconds", [["Succeeded", "good", count], ["Failed", "bad", count]]);
  const times = chart("Latency of the last minutes", [["p50", "accent", span], ["p95", "warn", span]]);
  const outcomes = h("dl", { class: "rows" });
  const faults = h("dl", { class: "rows" });
  const changes = h("ol", { class: "changes" });
  const settings = h("dl", { class: "rows" });
  const node = h("div", { class: "model" }, head,
    h("div", { class: "charts" }, calls.node, times.node),
    h("div", { class: "cards" },
      card("Calls since the start", outcomes), card("Failures by kind", faults),
      card("Last changes", changes), card("Settings", h("div", { class: "settings", tabindex: "0", role: "region", "aria-label": "Settings" }, settings))));
  let key = "";
  let ended = false;
  let settled = "";

  async function fetchIt() {
    if (ended || store.paused || document.hidden) return;
    try {
      const found = await ask(`model?id=${encodeURIComponent(id)}`);
      if (ended) return;
      show(found);
    } catch (error) {
      put(said, error instanceof Error ? error.message : "");
    }
  }

  /** @param {any} found */
  function show(found) {
    const points = found.points;
    const at = points.map((/** @type {any[]} */ point) => Math.round(point[0]));
    calls.update([at, points.map((/** @type {any[]} */ p) => p[1]), points.map((/** @type {any[]} */ p) => p[2])]);
    times.update([at, points.map((/** @type {any[]} */ p) => p[4]), points.map((/** @type {any[]} */ p) => p[5])]);
    const { metrics } = found.snapshot;
    rows(outcomes, [["Succeeded", metrics.successes], ["Failed", metrics.failures], ["Timed out", metrics.timeouts],
      ["Cancelled", metrics.cancelled], ["Not taken", metrics.rejected], ["Retries", metrics.retries],
      ["Answered elsewhere", metrics.failovers]].map(([name, value]) => [String(name), count(Number(value))]));
    const kinds = Object.entries(metrics.faults).filter(([, value]) => Number(value) > 0);
    rows(faults, kinds.length ? kinds.map(([name, value]) => [name.replaceAll("_", " "), count(Number(value))]) : [["None", ""]]);
    const text = JSON.stringify(found.settings);
    if (text !== settled) rows(settings, flat(found.settings));
    settled = text;
  }

  const timer = setInterval(fetchIt, EVERY);
  fetchIt();
  return {
    node,
    end() {
      ended = true;
      clearInterval(timer);
      calls.end();
      times.end();
    },
    update(kind) {
      if (kind === "theme") {
        calls.paint();
        times.paint();
      }
      const now = store.models.get(id);
      if (!now) {
        put(word, store.fleet === null ? "" : "Not in the fleet");
        return;
      }
      const { tone, word: told } = look(now);
      mark(head, "data-tone", tone);
      put(word, now.retry_in ? `${told}, next try in ${whole(now.retry_in)}` : told);
      put(since, `${now.change ? `${time(now.change.at)}, ${ago(now.change.at, store.now)}: ${now.change.text}` : "No change since the start"}. `
        + `${percent(now.errors)} of ${count(now.calls)} calls failed in the last minute.`);
      const next = `${tone} ${told} ${store.session?.role}`;
      if (next !== key) {
        icon.replaceChildren(shape(tone));
        offer();
      }
      key = next;
      const about = store.events.filter((one) => one.model === id).slice(-CHANGES).reverse();
      if (changes.dataset.last !== String(about[0]?.n)) {
        changes.dataset.last = String(about[0]?.n);
        changes.replaceChildren(...(about.length ? about.map((one) => h("li", {},
          h("time", { text: time(one.at) }), shape(one.tone), h("span", { text: one.text }))) : [h("li", { text: "None yet" })]));
      }
    },
  };

  function offer() {
    if (store.session?.role !== "operate") {
      buttons.replaceChildren(h("p", { class: "hint", text: "You may look. A key with the scope admin may also operate." }));
      return;
    }
    const focused = buttons.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.place : null;
    buttons.replaceChildren(...controls(store.models.get(id)).map((control, place) => h("button", {
      type: "button", "data-place": place, class: control.danger ? "danger" : "", text: control.name,
      onclick: () => operate(store, id, control, said),
    })));
    if (focused !== null) /** @type {HTMLElement | null} */ (buttons.querySelector(`[data-place="${focused}"]`))?.focus();
  }
}

/** @param {string} title @param {HTMLElement} inner */
function card(title, inner) {
  return h("section", { class: "card" }, h("h2", { text: title }), inner);
}

/** @param {HTMLElement} root @param {string[][]} pairs */
function rows(root, pairs) {
  root.replaceChildren(...pairs.map(([name, value]) => {
    const [pair, node] = fact(name);
    put(node, value);
    return pair;
  }));
}

/** Settings with their full names. @param {any} value @param {string} [name] @returns {string[][]} */
function flat(value, name = "") {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    const text = Array.isArray(value) ? value.map(String).join(", ") || "none" : String(value);
    return [[name, text]];
  }
  return Object.entries(value).flatMap(([key, inner]) => flat(inner, name ? `${name}.${key}` : key));
}
