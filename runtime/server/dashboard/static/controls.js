// @ts-check
/** A control asks for a reason, says what it does, and waits for the fleet to say that it is done. */

import { h, put } from "./dom.js";
import { send } from "./stream.js";
import { effect } from "./words.js";

/** Ask for a reason and say what follows; `act` does it.
 * @param {string} title @param {string} effect @param {string} name @param {boolean} danger
 * @param {(reason: string) => Promise<unknown>} act */
export function confirm(title, effect, name, danger, act) {
  const reason = /** @type {HTMLInputElement} */ (h("input", {
    id: "reason", name: "reason", required: true, maxlength: 200, autocomplete: "off", placeholder: "billing, an upgrade, a test",
  }));
  const wrong = h("p", { class: "wrong", role: "alert" });
  const go = /** @type {HTMLButtonElement} */ (h("button", { type: "submit", class: danger ? "danger strong" : "strong", text: name }));
  const dialog = /** @type {HTMLDialogElement} */ (h("dialog", { "aria-labelledby": "asked" },
    h("form", { onsubmit: submit },
      h("h2", { id: "asked", text: title }), h("p", { class: "effect", text: effect }),
      h("label", { for: "reason", text: "Reason, for the audit" }), reason, wrong,
      h("div", { class: "buttons" }, h("button", { type: "button", text: "Cancel", onclick: () => dialog.close() }), go))));
  dialog.addEventListener("close", () => {
    dialog.remove();
    // What has opened it may be gone meanwhile.
    if (document.activeElement === document.body) document.getElementById("view")?.focus();
  });
  document.body.append(dialog);
  dialog.showModal();
  reason.focus();

  /** @param {Event} event */
  async function submit(event) {
    event.preventDefault();
    go.disabled = true;
    try {
      await act(reason.value);
      dialog.close();
    } catch (error) {
      put(wrong, error instanceof Error ? error.message : "It did not work.");
      go.disabled = false;
    }
  }
}

/**
 * @param {import("./store.js").Store} store @param {string} id
 * @param {import("./words.js").Control} control @param {HTMLElement} said where the answer is told
 */
export function operate(store, id, control, said) {
  const now = store.models.get(id);
  if (now === undefined) return;
  const what = effect(control.verb, now, store.all());
  confirm(`${control.name}: ${id}`, what, control.name, control.danger, async (reason) => {
    await send("operate", { model: id, verb: control.verb, reason }, store.token);
    put(said, `${control.name} was asked for. What follows comes from the fleet.`);
    setTimeout(() => put(said, ""), 6000);
  });
}
