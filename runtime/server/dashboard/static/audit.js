// @ts-check
/** What was changed, by which hand, and why. */

import { h, put } from "./dom.js";
import { time } from "./format.js";
import { past } from "./past.js";

const COLUMNS = ["Time", "By", "Action", "Model", "Reason"];

/** @param {import("./store.js").Store} store @returns {import("./app.js").View} */
export function audit(store) {
  let key = -1;
  const summary = h("p", { class: "summary" });
  const body = h("tbody");
  const before = h("tbody");
  const table = h("table", { class: "audit" }, h("thead", {}, h("tr", {}, ...COLUMNS.map((text) => h("th", { scope: "col", text })))), body, before);
  const itself = /** @type {HTMLInputElement} */ (h("input", { type: "checkbox", id: "itself", onchange: () => begin() }));
  // Memory has nothing of what the runtime did by itself: then all rows are the history's.
  const older = past("audit", () => (itself.checked ? undefined : store.audit[0]?.at), row, before);
  const node = h("div", {}, h("div", { class: "view-head" }, h("h1", { text: "Audit" }),
    h("label", { class: "check" }, itself, h("span", { text: "With what the runtime did by itself" }))), summary, table, older.node);

  async function begin() {
    body.hidden = itself.checked;
    await older.begin(itself.checked ? "&by_itself=1" : "");
    show();
  }

  function show() {
    const count = store.audit.length + older.count;
    table.hidden = count === 0;
    put(summary, count ? "What was changed by hand, and what was refused; the newest first." : "Nothing was changed by hand.");
  }

  let begun = false;
  return {
    node,
    update() {
      if (!begun) {
        begun = true;
        begin();
      }
      const found = [...store.audit].reverse();
      if (key === (found[0]?.n ?? 0)) return;
      key = found[0]?.n ?? 0;
      body.replaceChildren(...found.flatMap((one) => (one.action ? [row({ ...one.action, at: one.at, model: one.model })] : [])));
      show();
    },
  };
}

/** @param {import("./records.d.ts").AuditRow} one */
function row(one) {
  const cells = [time(one.at), one.by, one.verb.replaceAll("_", " "), one.model ?? "–", one.reason];
  return h("tr", { class: one.reason.startsWith("refused: ") ? "refused" : "" }, ...cells.map((text, place) => h("td", { text, "data-label": COLUMNS[place] })));
}
