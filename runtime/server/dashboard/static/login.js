// @ts-check
/** The way in: a key of the server, which the page does not keep. */

import { h, put } from "./dom.js";
import { send } from "./stream.js";

/** @param {(session: import("./records.d.ts").Session) => void} done */
export function login(done) {
  const key = /** @type {HTMLInputElement} */ (h("input", { id: "key", type: "password", required: true, autocomplete: "off", spellcheck: "false" }));
  const wrong = h("p", { class: "wrong", role: "alert" });
  const go = /** @type {HTMLButtonElement} */ (h("button", { type: "submit", class: "strong", text: "Log in" }));

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    go.disabled = true;
    put(wrong, "");
    try {
      const session = await send("login", { key: key.value });
      key.value = "";
      done(session);
    } catch (error) {
      put(wrong, error instanceof Error ? error.message : "It did not work.");
      go.disabled = false;
      key.select();
    }
  }
  return h("section", { class: "login" }, h("img", { src: "mark.svg", alt: "", width: 44, height: 44 }),
    h("h1", { text: "Log in" }), h("p", { text: "With a key of this server: read lets you look, admin lets you operate." }),
    h("form", { onsubmit: submit }, h("label", { for: "key", text: "Key" }), key, wrong, go));
}
