// @ts-check
/** The settings of a model, each with the place where it was written. */

import { h, put } from "./dom.js";
import { ask } from "./stream.js";

const DEFAULT = "default";

/** @param {string} id */
export function settings(id) {
  const stated = h("dl", { class: "settings" });
  const rest = h("dl", { class: "settings" });
  const title = h("summary");
  const defaults = h("details", { class: "defaults" }, title, rest);
  const hint = h("p", { class: "hint" });
  const node = h("div", {}, stated, hint, defaults);
  let before = "";

  async function load() {
    try {
      /** @type {{settings: import("./records.d.ts").Setting[]}} */
      const found = await ask(`settings?id=${encodeURIComponent(id)}`);
      const text = JSON.stringify(found);
      if (text === before) return;
      before = text;
      const [own, other] = [found.settings.filter((one) => one.source !== DEFAULT), found.settings.filter((one) => one.source === DEFAULT)];
      stated.replaceChildren(...own.map(row));
      put(hint, own.length ? "" : "All of them stand at their defaults.");
      rest.replaceChildren(...other.map(row));
      put(title, `${other.length} at their defaults`);
      defaults.hidden = other.length === 0;
    } catch (error) {
      put(hint, error instanceof Error ? error.message : "");
    }
  }
  return { node, load };
}

/** @param {import("./records.d.ts").Setting} one */
function row(one) {
  return h("div", { class: "setting" }, h("dt", {}, ...breakable(one.key)), h("dd", { class: "value", text: one.value }),
    one.source !== DEFAULT && h("dd", { class: "source", text: one.source }));
}

/** A long key may break behind its dots and underscores. @param {string} key */
function breakable(key) {
  return key.split(/(?<=[._])/).flatMap((part) => [part, h("wbr")]);
}
