// @ts-check
/** Nodes are made here and nowhere else. Texts go in as text: names of models are not trusted. */

const SVG = "http://www.w3.org/2000/svg";

/**
 * @param {string} tag
 * @param {Record<string, any>} [props] attributes; `class`, `on*` and `text` have their own meaning
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  fill(node, props, children);
  return node;
}

/**
 * @param {string} tag
 * @param {Record<string, any>} [props]
 * @param {...Node} children
 */
export function s(tag, props = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  fill(node, props, children);
  return node;
}

/** @param {Element} node @param {Record<string, any>} props @param {any[]} children */
function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "text") node.textContent = String(value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) {
    if (child !== null && child !== undefined && child !== false) node.append(child);
  }
}

/** Write a text only where it differs: what does not change is not read out and not painted.
 * @param {Element} node @param {unknown} value */
export function put(node, value) {
  const text = String(value ?? "");
  if (node.textContent !== text) node.textContent = text;
}

/** @param {Element} node @param {string} name @param {unknown} value */
export function mark(node, name, value) {
  const text = String(value ?? "");
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

/** Other children; what has the focus among them keeps it, by its label, its address or its text.
 * @param {Element} root @param {...Node} children */
export function swap(root, ...children) {
  const active = document.activeElement;
  const name = active !== null && root.contains(active) ? called(active) : null;
  root.replaceChildren(...children);
  if (name === null) return;
  const same = [...root.querySelectorAll("a, button, summary")].find((one) => called(one) === name);
  if (same instanceof HTMLElement) same.focus();
}

/** @param {Element} node */
function called(node) {
  return node.getAttribute("aria-label") ?? node.getAttribute("href") ?? node.textContent;
}

/** A label with its value, for a list of facts.
 * @param {string} label @returns {[HTMLElement, HTMLElement]} the pair and the node of the value */
export function fact(label) {
  const value = h("dd");
  return [h("div", { class: "fact" }, h("dt", { text: label }), value), value];
}

/** Keep the nodes of a list in the order of its keys.
 * @template T
 * @param {Element} root @param {string[]} keys @param {Map<string, T>} made
 * @param {(key: string) => T} make @param {(one: T) => Element} node */
export function keyed(root, keys, made, make, node) {
  const wanted = new Set(keys);
  for (const [key, one] of [...made]) {
    if (!wanted.has(key)) {
      node(one).remove();
      made.delete(key);
    }
  }
  keys.forEach((key, place) => {
    let one = made.get(key);
    if (one === undefined) {
      one = make(key);
      made.set(key, one);
    }
    if (root.children[place] !== node(one)) root.insertBefore(node(one), root.children[place] ?? null);
  });
}
