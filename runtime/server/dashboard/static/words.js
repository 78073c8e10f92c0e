// @ts-check
/** What states are called, how they look, and what a control does, in words. */

import { s } from "./dom.js";

/** @typedef {{tone: "good" | "warn" | "bad" | "trial" | "rest", word: string}} Look */

/** @type {Record<string, Look>} */
const BREAKERS = {
  open: { tone: "bad", word: "Breaker open" },
  forced_open: { tone: "bad", word: "Held open" },
  half_open: { tone: "trial", word: "On trial" },
  disabled: { tone: "warn", word: "Breaker off" },
  metrics_only: { tone: "warn", word: "Counting only" },
};
/** @type {Record<string, string>} */
const OUT = {
  parked: "Parked", stopping: "Stopping", crashed: "Crashed", quarantined: "Quarantined",
  unhealthy: "Unavailable", starting: "Starting",
};

/** Shape, word and tone of a model. @param {import("./records.d.ts").Model} model @returns {Look} */
export function look(model) {
  if (model.status === "maintenance") return { tone: "rest", word: "Maintenance" };
  if (BREAKERS[model.breaker] && model.breaker !== "disabled" && model.breaker !== "metrics_only") {
    return BREAKERS[model.breaker];
  }
  if (model.out === "parked") return { tone: "trial", word: OUT.parked };
  if (model.out !== null) return { tone: "bad", word: OUT[model.out] ?? "Out" };
  if (BREAKERS[model.breaker]) return BREAKERS[model.breaker];
  if (model.status === "degraded") return { tone: "warn", word: "Degraded" };
  return { tone: "good", word: "Serving" };
}

/** @type {Record<string, string>} outlines in a box of 16 */
const SHAPES = {
  good: "M8 1a7 7 0 1 1 0 14A7 7 0 0 1 8 1Z",
  warn: "M8 1.2 15.4 14.5H.6Z",
  bad: "M5.1 1h5.8L15 5.1v5.8L10.9 15H5.1L1 10.9V5.1Z",
  trial: "M8 .8 15.2 8 8 15.2.8 8Z",
  rest: "M2.5 1h11A1.5 1.5 0 0 1 15 2.5v11a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 1 13.5v-11A1.5 1.5 0 0 1 2.5 1Z",
  info: "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6Z",
};
/** @type {Record<string, string>} what is cut out of them */
const SIGNS = {
  good: "m4.6 8.2 2.4 2.4 4.5-4.9",
  warn: "M8 6v4M8 12v.2",
  bad: "m5.4 5.4 5.2 5.2m0-5.2-5.2 5.2",
  trial: "M8 5v3.2l1.8 1.4",
  rest: "M6 5v6M10 5v6",
  info: "",
};

/** @param {string} tone */
export function shape(tone) {
  const node = s("svg", { class: "shape", viewBox: "0 0 16 16", "aria-hidden": "true", "data-tone": tone });
  node.append(s("path", { d: SHAPES[tone] ?? SHAPES.info, class: "solid" }));
  if (SIGNS[tone]) node.append(s("path", { d: SIGNS[tone], class: "sign" }));
  return node;
}

/** Which workers of a server have it; empty where there is one process.
 * @param {number[] | undefined} numbers */
export function ofWorkers(numbers) {
  if (!numbers?.length) return "";
  return numbers.length === 1 ? `worker ${numbers[0]}` : `workers ${numbers.join(", ")}`;
}

/** Whether all answer, of a text as "2 of 3". @param {string} workers */
export function isWhole(workers) {
  const [answer, all] = workers.split(" of ");
  return answer === all;
}

/** @typedef {{verb: string, name: string, danger: boolean}} Control */

/** What may be done to a model as it is now. @param {import("./records.d.ts").Model} model @returns {Control[]} */
export function controls(model) {
  const resting = model.status === "maintenance";
  const upkeep = resting
    ? { verb: "leave_maintenance", name: "End maintenance", danger: false }
    : { verb: "maintenance", name: "Maintenance", danger: true };
  return [
    upkeep,
    { verb: "trip", name: "Trip breaker", danger: true },
    { verb: "reset", name: "Reset breaker", danger: false },
    { verb: "restart", name: "Restart actor", danger: true },
  ];
}

/** What a control does, before it is done. @param {string} verb @param {import("./records.d.ts").Model} model @param {import("./records.d.ts").Model[]} all */
export function effect(verb, model, all) {
  const others = all.filter((one) => one.id !== model.id && one.out === null).length;
  const stay = others === 0
    ? "No other model can serve: every task fails or waits."
    : `${others} of ${all.length} models stay.`;
  switch (verb) {
    case "maintenance":
      return `${model.id} gets no tasks until maintenance ends; calls under way go on. ${stay}`;
    case "leave_maintenance":
      return `${model.id} gets tasks again.`;
    case "trip":
      return `${model.id} gets no tasks until its wait is over; then trial calls decide. ${stay}`;
    case "reset":
      return `The breaker of ${model.id} closes and forgets its failures. It gets tasks at once, well or not.`;
    default:
      return `The actor of ${model.id} starts again; its ${model.busy} calls under way are not counted. ${stay}`;
  }
}
