// @ts-check
/** What the page knows. The stream writes here, and views read. */

const EVENTS = 1000;
const TASKS = 1200;

/** @typedef {(kind: "state" | "change" | "link" | "session") => void} Listener */

export class Store {
  constructor() {
    /** @type {any} */ this.fleet = null;
    /** @type {any} */ this.verdict = null;
    /** @type {Map<string, any>} */ this.models = new Map();
    /** @type {string[]} */ this.order = [];
    /** @type {any[]} the newest last */ this.events = [];
    /** @type {any[]} */ this.tasks = [];
    /** @type {any[]} */ this.alerts = [];
    this.alertsOn = false;
    /** @type {any[]} */ this.audit = [];
    this.now = Date.now();
    this.link = "connecting";
    this.lastSeen = Date.now();
    /** @type {{role: string, by: string, token: string | null, can_leave: boolean} | null} */
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

  /** @param {"state" | "change" | "link" | "session"} kind */
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

  /** A whole picture. @param {any} state */
  replace(state) {
    this.models = new Map(Object.entries(state.models));
    if (!state.kept) this.events = [];
    this.tasks = state.tasks;
    this.audit = state.audit;
    this._take(state);
    this.tell("state");
  }

  /** What differs. @param {any} change */
  merge(change) {
    for (const [id, model] of Object.entries(change.models)) this.models.set(id, model);
    for (const id of [...this.models.keys()]) {
      if (!change.order.includes(id)) this.models.delete(id);
    }
    const last = this.tasks.length ? this.tasks[this.tasks.length - 1].number : 0;
    const row = this.audit.length ? this.audit[this.audit.length - 1].n : 0;
    this.audit.push(...change.events.filter((/** @type {any} */ one) => one.action && one.n > row));
    this.tasks.push(...change.tasks.filter((/** @type {any} */ one) => one.number > last));
    if (this.tasks.length > TASKS) this.tasks.splice(0, this.tasks.length - TASKS);
    this._take(change);
    this.tell("change");
  }

  /** @param {any} frame */
  _take(frame) {
    this.fleet = frame.fleet;
    this.verdict = frame.verdict;
    this.alerts = frame.alerts;
    this.alertsOn = frame.alerts_on;
    this.order = frame.order;
    this.now = frame.now;
    this.lastSeen = Date.now();
    const last = this.events.length ? this.events[this.events.length - 1].n : 0;
    this.events.push(...frame.events.filter((/** @type {any} */ one) => one.n > last));
    if (this.events.length > EVENTS) this.events.splice(0, this.events.length - EVENTS);
  }

  /** @returns {any[]} */
  all() {
    return this.order.map((id) => this.models.get(id)).filter(Boolean);
  }

  /** @param {string} link */
  connect(link) {
    if (this.link === link) return;
    this.link = link;
    this.tell("link");
  }
}
