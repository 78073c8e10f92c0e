// @ts-check
/** What the page knows. The stream writes here, and views read. */

const EVENTS = 1000;
const TASKS = 1200;

/** @typedef {"state" | "change" | "link" | "session"} Kind */
/** @typedef {(kind: Kind) => void} Listener */

export class Store {
  constructor() {
    /** @type {import("./records.d.ts").Fleet | null} */ this.fleet = null;
    /** @type {import("./records.d.ts").Verdict | null} */ this.verdict = null;
    /** @type {Map<string, import("./records.d.ts").Model>} */ this.models = new Map();
    /** @type {string[]} */ this.order = [];
    /** @type {import("./records.d.ts").Happening[]} the newest last */ this.events = [];
    /** @type {import("./records.d.ts").Way[]} */ this.tasks = [];
    /** @type {import("./records.d.ts").Alert[]} */ this.alerts = [];
    this.alertsOn = false;
    /** @type {import("./records.d.ts").Degradation | null} */ this.degradation = null;
    /** @type {import("./records.d.ts").Cluster | null} */ this.cluster = null;
    /** @type {string | null} how many of how many workers are seen */ this.workers = null;
    /** @type {import("./records.d.ts").Experiment[]} */ this.experiments = [];
    /** @type {import("./records.d.ts").Happening[]} */ this.audit = [];
    /** @type {import("./records.d.ts").Happening[]} alerts that are over */ this.resolved = [];
    this.now = Date.now();
    this.link = "connecting";
    this.lastSeen = Date.now();
    /** @type {import("./records.d.ts").Session | null} */
    this.session = null;
    this.paused = false;
    this.missed = false;
    /** @type {Set<Listener>} */ this.listeners = new Set();
  }

  /** @param {Listener} listener @returns {() => void} */
  listen(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** @param {Kind} kind */
  tell(kind) {
    if (this.paused && kind !== "link" && kind !== "session") {
      this.missed = true;
      return;
    }
    for (const listener of this.listeners) listener(kind);
  }

  /** @param {boolean} paused */
  pause(paused) {
    this.paused = paused;
    if (!paused && this.missed) {
      this.missed = false;
      this.tell("state");
    }
    this.tell("link");
  }

  /** A whole picture. @param {import("./records.d.ts").State} state */
  replace(state) {
    this.models = new Map(Object.entries(state.models));
    if (!state.kept) this.events = [];
    this.tasks = state.tasks;
    this.audit = state.audit;
    this.resolved = state.resolved;
    this._take(state);
    this.tell("state");
  }

  /** What differs. @param {import("./records.d.ts").Frame} change */
  merge(change) {
    for (const [id, model] of Object.entries(change.models)) this.models.set(id, model);
    for (const id of [...this.models.keys()]) {
      if (!change.order.includes(id)) this.models.delete(id);
    }
    const last = this.tasks.at(-1)?.number ?? 0;
    this.audit.push(...after(this.audit, change.events.filter((one) => one.action)));
    this.resolved.push(...after(this.resolved, change.events.filter((one) => one.kind === "AlertResolved")));
    this.tasks.push(...change.tasks.filter((one) => one.number > last));
    if (this.tasks.length > TASKS) this.tasks.splice(0, this.tasks.length - TASKS);
    this._take(change);
    this.tell("change");
  }

  /** @param {import("./records.d.ts").Frame} frame */
  _take(frame) {
    this.fleet = frame.fleet;
    this.verdict = frame.verdict;
    this.alerts = frame.alerts;
    this.alertsOn = frame.alerts_on;
    this.degradation = frame.degradation;
    this.cluster = frame.cluster;
    this.workers = frame.workers ?? null;
    this.experiments = frame.experiments;
    this.order = frame.order;
    this.now = frame.now;
    this.lastSeen = Date.now();
    this.events.push(...after(this.events, frame.events));
    if (this.events.length > EVENTS) this.events.splice(0, this.events.length - EVENTS);
  }

  /** Every model, in the order of the settings. */
  all() {
    return this.order.flatMap((id) => this.models.get(id) ?? []);
  }

  /** Nothing has changed but the time. @param {number} now */
  beat(now) {
    this.now = now;
    this.lastSeen = Date.now();
    this.tell("change");
  }

  get operates() {
    return this.session?.role === "operate";
  }

  get token() {
    return this.session?.token ?? null;
  }

  /** @param {string} link */
  connect(link) {
    if (this.link === link) return;
    this.link = link;
    this.tell("link");
  }
}

/** Those that are newer than the last that is known.
 * @param {import("./records.d.ts").Happening[]} known @param {import("./records.d.ts").Happening[]} found */
function after(known, found) {
  const last = known.at(-1)?.n ?? 0;
  return found.filter((one) => one.n > last);
}
