// @ts-check
/** Rows from before the memory of this process: out of the history, a page at a time. */

import { h, put } from "./dom.js";
import { ask } from "./stream.js";

/** Fetches rows that are older than those which the page has, and says where they come from.
 * @template Row
 * @param {string} kind @param {() => number | undefined} oldest when the oldest row of the page was
 * @param {(row: Row) => HTMLElement} make @param {HTMLElement} list where the rows go */
export function past(kind, oldest, make, list) {
  const hint = h("p", { class: "hint" });
  const more = /** @type {HTMLButtonElement} */ (h("button", { type: "button", text: "Show older", hidden: true, onclick: load }));
  const node = h("div", { class: "older" }, more, hint);
  /** @type {Set<string>} */ const seen = new Set();
  /** @type {number | undefined} */ let before = undefined;
  let query = "";

  async function load() {
    more.disabled = true;
    try {
      const from = before ?? oldest();
      /** @type {import("./records.d.ts").Past<Row & {at: number}>} */
      const found = await ask(`past?kind=${kind}${from === undefined ? "" : `&before=${from + (before === undefined ? 0 : 1)}`}${query}`);
      // The millisecond at the border is asked for twice.
      const rows = found.rows.filter((row) => !seen.has(JSON.stringify(row)));
      rows.forEach((row) => seen.add(JSON.stringify(row)));
      before = rows.at(-1)?.at ?? before;
      list.append(...rows.map(make));
      more.hidden = !found.more;
      put(hint, words(found.history, found.more));
    } catch (error) {
      more.hidden = false;
      put(hint, error instanceof Error ? error.message : "It did not work.");
    }
    more.disabled = false;
  }

  return {
    node,
    load,
    get count() {
      return seen.size;
    },
    /** Begin again, with another query. @param {string} next */
    begin(next) {
      query = next;
      before = undefined;
      seen.clear();
      list.replaceChildren();
      return load();
    },
  };
}

/** @param {boolean} history @param {boolean} more */
function words(history, more) {
  if (!history) return "Older rows are kept by a history: history: ./history in the settings switches it on.";
  return more ? "" : "That is all the history has.";
}
