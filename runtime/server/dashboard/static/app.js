// @ts-check
/** The page: its views, its stream, pause, theme and what a screen reader hears. */

import { alerts } from "./alerts.js";
import { audit } from "./audit.js";
import { h, mark, put } from "./dom.js";
import { events } from "./events.js";
import { fleet } from "./fleet.js";
import { ago } from "./format.js";
import { login } from "./login.js";
import { model } from "./model.js";
import { report } from "./report.js";
import { Store } from "./store.js";
import { Stream, ask, send } from "./stream.js";
import { tasks } from "./tasks.js";

/** @typedef {{node: HTMLElement, update: (kind: import("./store.js").Kind | "theme" | "tick") => void, end?: () => void}} View */

const SPEAK = 10000;
/** @type {Record<string, [string, (store: Store, rest: string) => View]>} */
const VIEWS = {
  fleet: ["Fleet", fleet], tasks: ["Tasks", tasks], events: ["Events", events],
  alerts: ["Alerts", alerts], audit: ["Audit", audit], report: ["Report", report],
};
const LINKS = /** @type {Record<string, string>} */ ({
  connecting: "Connecting", live: "Live", lost: "Disconnected", hidden: "Resting", login: "Logged out",
});
const THEMES = ["system", "light", "dark"];

const store = new Store();
const root = /** @type {HTMLElement} */ (document.getElementById("view"));
const nav = /** @type {HTMLElement} */ (document.getElementById("nav"));
const link = /** @type {HTMLElement} */ (document.getElementById("link"));
const pause = /** @type {HTMLButtonElement} */ (document.getElementById("pause"));
const theme = /** @type {HTMLButtonElement} */ (document.getElementById("theme"));
const leave = /** @type {HTMLButtonElement} */ (document.getElementById("leave"));
const status = /** @type {HTMLElement} */ (document.getElementById("status"));
const alarm = /** @type {HTMLElement} */ (document.getElementById("alarm"));
/** @type {View | null} */
let view = null;
let spokenAt = 0;
let spoken = "";

const badge = h("span", { class: "badge", hidden: true });
const anchors = Object.entries(VIEWS).map(([name, [title]]) =>
  h("a", { href: `#${name}` }, title, name === "alerts" && badge));
nav.append(...anchors);

const stream = new Stream(store, showLogin);

function showLogin() {
  stream.close("login");
  view?.end?.();
  view = null;
  document.body.classList.add("out");
  root.replaceChildren(login((session) => {
    store.session = session;
    begin();
  }));
}

function route() {
  const [name, ...rest] = location.hash.slice(1).split("/");
  const found = VIEWS[name] ?? VIEWS.fleet;
  const title = name === "model" ? "Model" : found[0];
  document.title = `${title} · hive-resilience`;
  anchors.forEach((anchor, place) => {
    const current = Object.keys(VIEWS)[place] === (name === "model" || !VIEWS[name] ? "fleet" : name);
    if (current) anchor.setAttribute("aria-current", "page");
    else anchor.removeAttribute("aria-current");
  });
  view?.end?.();
  view = name === "model" ? model(store, decoded(rest.join("/"))) : found[1](store, "");
  root.replaceChildren(view.node);
  if (store.fleet !== null) view.update("state");
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function told() {
  const since = store.link === "lost" ? `, seen ${ago(store.lastSeen, Date.now())}` : "";
  put(link, store.paused ? "Paused" : `${LINKS[store.link] ?? store.link}${since}`);
  mark(link, "data-link", store.paused ? "paused" : store.link);
  document.body.classList.toggle("stale", store.link === "lost");
}

function speak() {
  const verdict = store.verdict;
  if (verdict === null || store.paused) return;
  document.body.dataset.level = verdict.level;
  badge.hidden = store.alerts.length === 0;
  put(badge, store.alerts.length);
  const words = `${verdict.title}. ${verdict.why}`;
  const key = verdict.title;
  if (key === spoken || Date.now() - spokenAt < SPEAK) return;
  if (verdict.level === "out") put(alarm, words);
  else put(status, words);
  spoken = key;
  spokenAt = Date.now();
}

/** @param {string} chosen */
function paint(chosen) {
  if (chosen === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  const name = { system: "auto", light: "light", dark: "dark" }[chosen] ?? chosen;
  theme.replaceChildren(h("span", { class: "long", text: "Theme: " }), name);
  mark(theme, "aria-label", `Theme: ${name}`);
  view?.update("theme");
}

function remembered() {
  try {
    return localStorage.getItem("hive-theme") ?? "system";
  } catch {
    return "system";
  }
}

theme.addEventListener("click", () => {
  const current = document.documentElement.dataset.theme ?? "system";
  const next = THEMES[(THEMES.indexOf(current) + 1) % THEMES.length];
  try {
    localStorage.setItem("hive-theme", next);
  } catch {
    // The browser keeps nothing; the choice holds for this page.
  }
  paint(next);
});
pause.addEventListener("click", () => {
  store.pause(!store.paused);
  pause.setAttribute("aria-pressed", String(store.paused));
  put(pause, store.paused ? "Resume" : "Pause");
});
leave.addEventListener("click", async () => {
  await send("logout", {}).catch(() => undefined);
  leave.hidden = true;
  showLogin();
});
window.addEventListener("hashchange", () => {
  if (store.session !== null && store.session.role !== "none") route();
  window.scrollTo(0, 0);
});
store.listen((kind) => {
  told();
  view?.update(kind);
  speak();
});
setInterval(() => {
  told();
  if (!store.paused) view?.update("tick");
  speak();
}, 1000);

function begin() {
  document.body.classList.remove("out");
  leave.hidden = !store.session?.can_leave;
  route();
  stream.open();
}

paint(THEMES.includes(remembered()) ? remembered() : "system");
ask("session").then((session) => {
  store.session = session;
  if (session.role === "none") showLogin();
  else begin();
}, (error) => {
  root.replaceChildren(h("p", { class: "empty", text: error.message }));
});
