// @ts-check
/** The report of a period, as the server makes it: the same as on paper. */

import { h, mark, put } from "./dom.js";

const SPANS = [["1h", "1 hour"], ["24h", "24 hours"], ["7d", "7 days"]];

/** @returns {import("./app.js").View} */
export function report() {
  let span = "24h";
  let ended = false;
  let asked = 0;
  const choices = SPANS.map(([name, title]) => h("button", { type: "button", "aria-pressed": String(name === span), text: title, onclick: () => choose(name) }));
  const compare = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", id: "compare", onchange: () => load() }));
  const file = h("a", { class: "button", download: "", text: "Download" });
  const said = h("p", { class: "summary", role: "status" });
  const body = h("article", { class: "report", "aria-busy": "true" });
  const node = h("div", {}, h("div", { class: "view-head" }, h("h1", { text: "Report" }),
    h("div", { class: "choice" }, h("span", { class: "segments", role: "group", "aria-label": "Period" }, ...choices),
      h("label", { class: "check" }, compare, h("span", { text: "beside the period before" })),
      h("button", { type: "button", text: "Print", onclick: () => window.print() }), file)), said, body);

  /** @param {string} next */
  function choose(next) {
    span = next;
    choices.forEach((one, place) => mark(one, "aria-pressed", SPANS[place][0] === span));
    load();
  }

  async function load() {
    const turn = ++asked;
    const query = `report?since=${span}&compare=${compare.checked ? 1 : 0}`;
    mark(file, "href", `${query}&file=1`);
    mark(body, "aria-busy", "true");
    put(said, "The report is being made.");
    try {
      const found = await made(query);
      if (ended || turn !== asked) return;
      body.replaceChildren(...found);
      put(said, "");
    } catch (error) {
      if (turn === asked) put(said, error instanceof Error ? error.message : "It did not work.");
    }
    mark(body, "aria-busy", "false");
  }

  // Addresses within the report are places in it: the page has its own behind the #.
  body.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[href^='#']") : null;
    if (link === null) return;
    event.preventDefault();
    body.querySelector(`#${CSS.escape(link.getAttribute("href")?.slice(1) ?? "")}`)?.scrollIntoView();
  });
  load();
  return {
    node,
    update() {},
    end() {
      ended = true;
    },
  };
}

/** What is in the page that the server sends; scripts in it would not run, and there are none.
 * @param {string} query */
async function made(query) {
  const answer = await fetch(query, { credentials: "same-origin", cache: "no-store" });
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error?.message ?? `the server says ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return [...(page.querySelector("main.report")?.childNodes ?? [])].map((one) => document.importNode(one, true));
}
