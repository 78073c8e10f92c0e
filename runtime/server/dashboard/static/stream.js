// @ts-check
/** The one stream of the page, and what it asks of the server beside it. */

const AGAIN = 2000;
const LATE = 4500;
const LOOK = 1000;

/** @param {string} path @param {RequestInit} [options] @returns {Promise<any>} as `records.d.ts` has it */
export async function ask(path, options = {}) {
  const answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...options });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(body.error?.message ?? `the server says ${answer.status}`);
  return body;
}

/** @param {string} path @param {unknown} body @param {string | null} [token] */
export function send(path, body, token = null) {
  const headers = { "content-type": "application/json", ...(token ? { "x-hive-token": token } : {}) };
  return ask(path, { method: "POST", headers, body: JSON.stringify(body) });
}

export class Stream {
  /** @param {import("./store.js").Store} store @param {() => void} refused */
  constructor(store, refused) {
    this.store = store;
    this.refused = refused;
    /** @type {EventSource | null} */ this.source = null;
    /** @type {number | undefined} */ this.timer = undefined;
    this.begun = Date.now();
    setInterval(() => this.check(), LOOK);
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) this.close("hidden");
      else this.open();
    });
  }

  open() {
    if (this.source !== null || document.hidden) return;
    clearTimeout(this.timer);
    this.begun = Date.now();
    const source = new EventSource("events");
    this.source = source;
    source.addEventListener("state", (event) => {
      this.store.connect("live");
      this.store.replace(JSON.parse(event.data));
    });
    source.addEventListener("change", (event) => {
      this.store.connect("live");
      this.store.merge(JSON.parse(event.data));
    });
    source.addEventListener("beat", (event) => {
      this.store.connect("live");
      this.store.beat(Number(event.data));
    });
    source.addEventListener("login", () => {
      this.close("login");
      this.refused();
    });
    source.onerror = () => this.lost(source);
  }

  /** A server that stands still closes nothing: it is only silent. */
  check() {
    if (this.source === null) return;
    const silent = Date.now() - Math.max(this.begun, this.store.lastSeen);
    if (silent > LATE) this.store.connect("lost");
    if (silent > 2 * LATE && this.source.readyState === EventSource.OPEN) {
      this.close("lost");
      this.open();
    }
  }

  /** @param {string} why */
  close(why) {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
    this.store.connect(why);
  }

  /** The browser comes back by itself, unless the answer was a refusal. @param {EventSource} source */
  lost(source) {
    this.store.connect("lost");
    if (source.readyState !== EventSource.CLOSED) return;
    this.close("lost");
    this.timer = window.setTimeout(async () => {
      try {
        const session = await ask("session");
        if (session.role === "none") return this.refused();
      } catch {
        // The server is away; the next try tells.
      }
      this.open();
    }, AGAIN);
  }
}
