// @ts-check
/** One model: its charts, what became of its calls, its changes, its settings and its controls. */

import { chart } from "./chart.js";
import { operate } from "./controls.js";
import { fact, h, mark, put, swap } from "./dom.js";
import { ago, count, percent, span, time, whole } from "./format.js";
import { settings } from "./settings.js";
import { ask } from "./stream.js";
import { controls, isWhole, look, shape } from "./words.js";

/** @typedef {import("./records.d.ts").ModelAnswer} Answer */
/** @typedef {{name: string, title: string, every: number}} Range `every`: milliseconds from look to look */
/** @type {Range[]} */
const RANGES = [
  { name: "15m", title: "15 min", every: 5000 }, { name: "1h", title: "1 h", every: 15000 }, { name: "24h", title: "24 h", every: 60000 },
];
const OFF = "Memory has the last 15 minutes. A history keeps more: history: ./history in the settings switches it on.";
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
  const calls = chart("Calls", [["Succeeded", "good", count], ["Failed", "bad", count]]);
  const times = chart("Latency", [["p50", "accent", span], ["p95", "warn", span]]);
  let range = RANGES[0];
  const choices = RANGES.map((one) => h("button", { type: "button", "aria-pressed": String(one === range), text: one.title, onclick: () => choose(one) }));
  const hint = h("p", { class: "hint", role: "status" });
  const outcomes = h("dl", { class: "rows" });
  const faults = h("dl", { class: "rows" });
  const changes = h("ol", { class: "changes" });
  const own = settings(id);
  const node = h("div", { class: "model" }, head,
    h("div", { class: "ranges" }, h("span", { class: "segments", role: "group", "aria-label": "Time that the charts show" }, ...choices), hint),
    h("div", { class: "charts" }, calls.node, times.node),
    h("div", { class: "cards" },
      card("Calls since the start", outcomes), card("Failures by kind", faults), card("Last changes", changes), card("Settings", own.node)));
  let key = "";
  let ended = false;
  let asked = 0;

  /** @param {Range} next */
  function choose(next) {
    range = next;
    choices.forEach((one, place) => mark(one, "aria-pressed", RANGES[place] === range));
    fetchIt();
  }

  async function fetchIt() {
    if (ended || store.paused || document.hidden) return;
    const wanted = range;
    asked = Date.now();
    try {
      /** @type {Answer} */ const found = await ask(`model?id=${encodeURIComponent(id)}&range=${wanted.name}`);
      if (!ended && wanted === range) show(found);
    } catch (error) {
      put(hint, error instanceof Error ? error.message : "");
    }
  }

  /** @param {Answer} found */
  function show(found) {
    const missing = range !== RANGES[0] && !found.history;
    const lacks = found.workers && !isWhole(found.workers) ? `${found.workers} workers answer: the figures lack the others.` : "";
    put(hint, missing ? OFF : lacks);
    const at = found.points.map((point) => Math.round(point[0]));
    const line = (/** @type {number} */ place) => found.points.map((point) => point[place] ?? null);
    calls.update([at, line(1), line(2)], `Calls of each ${steps(found.step)}`);
    times.update([at, line(4), line(5)], range === RANGES[0] ? "Latency of the last minutes" : `Latency of each ${steps(found.step)}`);
    const { metrics } = found.snapshot;
    rows(outcomes, [["Succeeded", metrics.successes], ["Failed", metrics.failures], ["Timed out", metrics.timeouts],
      ["Cancelled", metrics.cancelled], ["Not taken", metrics.rejected], ["Retries", metrics.retries],
      ["Answered elsewhere", metrics.failovers]].map(([name, value]) => [String(name), count(Number(value))]));
    const kinds = Object.entries(metrics.faults).filter(([, value]) => value > 0);
    rows(faults, kinds.length ? kinds.map(([name, value]) => [name.replaceAll("_", " "), count(value)]) : [["None", ""]]);
  }

  const timer = setInterval(() => {
    if (Date.now() - asked >= range.every - 500) fetchIt();
  }, RANGES[0].every);
  fetchIt();
  own.load();
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
        offer(now);
      }
      key = next;
      const about = store.events.filter((one) => one.model === id).slice(-CHANGES).reverse();
      if (changes.dataset.last !== String(about[0]?.n)) {
        changes.dataset.last = String(about[0]?.n);
        changes.replaceChildren(...(about.length ? about.map((one) => h("li", {},
          h("time", { text: time(one.at) }), shape(one.tone), h("span", { text: one.text }))) : [h("li", { text: "None yet" })]));
        own.load();
      }
    },
  };

  /** @param {import("./records.d.ts").Model} now */
  function offer(now) {
    if (!store.operates) {
      buttons.replaceChildren(h("p", { class: "hint", text: "You may look. A key with the scope admin may also operate." }));
      return;
    }
    swap(buttons, ...controls(now).map((control) => h("button", {
      type: "button", class: control.danger ? "danger" : "", text: control.name,
      onclick: () => operate(store, id, control, said),
    })));
  }
}

/** @param {number} seconds */
function steps(seconds) {
  if (seconds < 60) return `${seconds} seconds`;
  return seconds === 60 ? "minute" : `${seconds / 60} minutes`;
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
