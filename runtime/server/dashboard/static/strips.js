// @ts-check
/** What the runtime does about it by itself, and the experiments against it, below the banner. */

import { confirm } from "./controls.js";
import { h, swap } from "./dom.js";
import { ago, count, time } from "./format.js";
import { send } from "./stream.js";
import { isWhole, ofWorkers, shape } from "./words.js";

/** @typedef {import("./store.js").Store} Store */

export function makeStrips() {
  const node = h("ul", { class: "strips", hidden: true, "aria-label": "Workers, cluster, levels and experiments" });
  let key = "";
  return {
    node,
    /** @param {Store} store */
    update(store) {
      const { cluster, degradation, experiments, workers } = store;
      const next = JSON.stringify([cluster, workers, degradation, experiments, store.operates, Math.floor(store.now / 5000)]);
      if (next === key) return;
      key = next;
      swap(node, ...(workers === null ? [] : [answering(workers)]), ...(cluster === null ? [] : [joined(cluster)]), ...(degradation === null ? [] : [level(degradation, store)]), ...experiments.map((one) => experiment(one, store)));
      node.hidden = node.children.length === 0;
    },
  };
}

/** @param {string} workers */
function answering(workers) {
  if (isWhole(workers)) return strip("good", `${workers} workers answer`, ["all figures are sums of theirs"]);
  return strip("warn", `${workers} workers answer`, ["the figures lack the others until they do"]);
}

/** @param {import("./records.d.ts").Cluster} one */
function joined(one) {
  const which = ofWorkers(one.alone);
  const alone = which ? `${which[0].toUpperCase()}${which.slice(1)}: alone, without the cluster` : "Alone, without its cluster";
  if (!one.joined) return strip("warn", alone, [one.error ?? "its owners have not answered yet"]);
  return strip("good", "Joined its cluster", [`${count(one.peers)} ${one.peers === 1 ? "process" : "processes"}`, `epoch ${one.epoch}`,
    one.learning && "its owners are new, and learn"]);
}

/** @param {import("./records.d.ts").Degradation} one @param {Store} store */
function level(one, store) {
  const since = one.since === null ? "" : `since ${time(one.since)}, ${ago(one.since, store.now)}`;
  return strip("warn", `Degradation level: ${one.level}`, [since, one.reason, one.doing]);
}

/** @param {import("./records.d.ts").Experiment} one @param {Store} store */
function experiment(one, store) {
  const about = [`since ${time(one.since)}, ${ago(one.since, store.now)}`, one.until !== null && `until ${time(one.until)}`,
    one.faults, `${count(one.hits)} ${one.hits === 1 ? "call was" : "calls were"} hit`];
  const stop = () => confirm(`Stop the experiment: ${one.title}`, "Its faults end at once. Its report says that it was stopped by hand.", "Stop", true,
    (reason) => send("chaos", { id: one.id, reason }, store.token));
  const button = store.operates && h("button", { type: "button", class: "danger", text: "Stop", "aria-label": `Stop ${one.title}`, onclick: stop });
  return strip("trial", `Experiment: ${one.title}`, about, button);
}

/** @param {import("./records.d.ts").Tone} tone @param {string} title @param {(string | false | null)[]} about @param {HTMLElement | false} [button] */
function strip(tone, title, about, button = false) {
  return h("li", { class: "strip", "data-tone": tone }, shape(tone),
    h("p", {}, h("strong", { text: title }), h("span", { class: "how", text: ` ${about.filter(Boolean).join(" · ")}` })), button);
}
