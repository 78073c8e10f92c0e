// @ts-check
/** The fleet: a banner that says what is the matter, and a tile for each model. */

import { fact, h, keyed, mark, put, s } from "./dom.js";
import { NONE, ago, count, percent, rate, span, time, whole } from "./format.js";
import { makeStrips } from "./strips.js";
import { look, shape } from "./words.js";

const STEPS = 24;
const LEVELS = /** @type {Record<string, string>} */ ({ well: "good", watch: "warn", bad: "bad", out: "bad" });

/** @param {import("./store.js").Store} store @returns {import("./app.js").View} */
export function fleet(store) {
  const banner = makeBanner();
  const tiles = h("ul", { class: "tiles", "aria-label": "Models" });
  /** @type {Map<string, ReturnType<typeof makeTile>>} */
  const made = new Map();
  const node = h("div", {}, h("h1", { class: "unseen", text: "Fleet" }), banner.node, tiles);
  return {
    node,
    update() {
      if (store.fleet === null) return;
      banner.update(store);
      keyed(tiles, store.order, made, makeTile, (tile) => tile.node);
      for (const one of store.all()) made.get(one.id)?.update(one, store.now);
    },
  };
}

function makeBanner() {
  const icon = h("span", { class: "icon" });
  const title = h("h2");
  const since = h("p", { class: "since" });
  const why = h("p", { class: "why" });
  const doing = h("p", { class: "doing" });
  const facts = h("dl", { class: "facts wide" });
  const values = ["Models serving", "Calls a second", "Failed", "In flight", "Waiting"].map((label) => {
    const [pair, value] = fact(label);
    facts.append(pair);
    return value;
  });
  const words = h("div", { class: "words" }, title, since, why, doing);
  const strips = makeStrips();
  const node = h("section", { class: "banner", "aria-label": "State of the fleet" },
    h("div", { class: "news" }, icon, words), strips.node, facts);
  let tone = "";
  return {
    node,
    /** @param {import("./store.js").Store} store */
    update(store) {
      const { verdict, fleet } = store;
      if (verdict === null || fleet === null) return;
      const next = LEVELS[verdict.level] ?? "warn";
      if (next !== tone) icon.replaceChildren(shape(next));
      tone = next;
      mark(node, "data-level", verdict.level);
      put(title, verdict.title);
      put(since, verdict.since ? `Since ${time(verdict.since)}, ${ago(verdict.since, store.now)}` : "");
      put(why, verdict.why);
      put(doing, verdict.doing);
      strips.update(store);
      const told = [`${fleet.usable} of ${fleet.models}`, rate(fleet.rate), percent(fleet.errors),
        count(fleet.in_flight), count(fleet.waiting)];
      told.forEach((text, place) => put(values[place], text));
    },
  };
}

/** @param {string} id */
function makeTile(id) {
  const icon = h("span", { class: "icon" });
  const word = h("span", { class: "word" });
  const calls = h("span", { class: "big" });
  const failed = h("span", { class: "failed" });
  const picture = spark();
  const facts = h("dl", { class: "facts" });
  const values = ["p50", "p95", "p99", "In flight", "Share", "Quota left"].map((label) => {
    const [pair, value] = fact(label);
    facts.append(pair);
    return value;
  });
  const change = h("p", { class: "change" });
  const name = h("a", { class: "name", href: `#model/${encodeURIComponent(id)}`, text: id, title: id });
  const node = h("li", { class: "tile" },
    h("div", { class: "head" }, h("h3", {}, name), h("span", { class: "state" }, icon, word)),
    h("div", { class: "flow" },
      h("p", { class: "rate" }, calls, h("span", { class: "unit", text: "calls a second" }), failed), picture.node),
    facts, change);
  let seen = "";
  return {
    node,
    /** @param {import("./records.d.ts").Model} model @param {number} now */
    update(model, now) {
      const { tone, word: told } = look(model);
      if (`${tone} ${told}` !== seen) {
        icon.replaceChildren(shape(tone));
        if (seen) flash(node);
        seen = `${tone} ${told}`;
      }
      mark(node, "data-tone", tone);
      put(word, model.ramp === null ? told : `${told}, at ${percent(model.ramp)}`);
      put(calls, rate(model.rate));
      put(failed, model.calls ? `${percent(model.errors)} of ${count(model.calls)} failed` : "quiet for a minute");
      mark(failed, "data-tone", (model.errors ?? 0) >= 0.05 && model.calls >= 5 ? "bad" : "");
      picture.update(model.spark);
      const told_values = [span(model.p50), span(model.p95), span(model.p99),
        `${count(model.busy)} / ${count(model.limit)}${model.limit < model.configured ? ` of ${count(model.configured)}` : ""}`, percent(model.share), quota(model.quota)];
      told_values.forEach((text, place) => put(values[place], text));
      const next = model.retry_in ? `. Next try in ${whole(model.retry_in)}` : "";
      put(change, model.change ? `${ago(model.change.at, now)}: ${model.change.text}${next}` : "No change since the start");
    },
  };
}

/** @param {Element} node */
function flash(node) {
  node.classList.remove("changed");
  requestAnimationFrame(() => node.classList.add("changed"));
}

/** @param {import("./records.d.ts").Quota | null} left */
function quota(left) {
  if (left === null) return NONE;
  const shares = [[left.requests_left, left.requests_limit], [left.tokens_left, left.tokens_limit]]
    .flatMap(([has, all]) => (has !== null && all ? [Math.max(0, Math.min(1, has / all))] : []));
  return shares.length ? percent(Math.min(...shares)) : NONE;
}

/** Two minutes of calls as bars: those that failed stand below, in another colour. */
function spark() {
  const node = s("svg", { class: "spark", viewBox: `0 0 ${STEPS * 5} 40`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const bars = Array.from({ length: STEPS }, (_, place) => {
    const good = s("rect", { class: "good", x: place * 5, width: 4, rx: 0.8 });
    const bad = s("rect", { class: "bad", x: place * 5, width: 4, rx: 0.8 });
    node.append(good, bad);
    return { good, bad };
  });
  let before = "";
  return {
    node,
    /** @param {[number, number][]} points */
    update(points) {
      const key = JSON.stringify(points);
      if (key === before) return;
      before = key;
      const padded = [...Array(Math.max(0, STEPS - points.length)).fill([0, 0]), ...points];
      const most = Math.max(1, ...padded.map(([good, bad]) => good + bad));
      padded.forEach(([good, bad], place) => {
        const low = (bad / most) * 38;
        const high = (good / most) * 38;
        mark(bars[place].bad, "y", 40 - low);
        mark(bars[place].bad, "height", low);
        mark(bars[place].good, "y", good + bad === 0 ? 39 : 40 - low - high);
        mark(bars[place].good, "height", good + bad === 0 ? 1 : high);
      });
    },
  };
}
