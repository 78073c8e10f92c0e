// @ts-check
/** Who changed what, and why. */

import { h, put } from "./dom.js";
import { time } from "./format.js";

const COLUMNS = ["Time", "By", "Action", "Model", "Reason"];

/** @param {import("./store.js").Store} store @returns {import("./app.js").View} */
export function audit(store) {
  let key = -1;
  const summary = h("p", { class: "summary" });
  const body = h("tbody");
  const table = h("table", { class: "audit" }, h("thead", {}, h("tr", {}, ...COLUMNS.map((text) => h("th", { scope: "col", text })))), body);
  const node = h("div", {}, h("div", { class: "view-head" }, h("h1", { text: "Audit" })), summary, table);
  return {
    node,
    update() {
      const found = [...store.audit].reverse();
      if (key === (found[0]?.n ?? 0)) return;
      key = found[0]?.n ?? 0;
      table.hidden = found.length === 0;
      put(summary, found.length ? "Since the start of this process, the newest first." : "Nothing was changed by hand since the start of this process.");
      body.replaceChildren(...found.map(row));
    },
  };
}

/** @param {any} one */
function row(one) {
  const { action } = one;
  const cells = [time(one.at), action.by, action.verb.replaceAll("_", " "), one.model ?? "–", action.reason];
  return h("tr", {}, ...cells.map((text, place) => h("td", { text, "data-label": COLUMNS[place] })));
}
