// @ts-check
/** A chart over uPlot, with a name, a cursor for the keyboard and the same numbers as a table. */

import { h, put } from "./dom.js";
import { time } from "./format.js";

const HEIGHT = 190;

/** @typedef {import("./records.d.ts").Plot} Plot */
/** @typedef {[string, string, (value: number | null | undefined) => string]} Line label, colour, how a value is written */
/** @typedef {(number | null)[][]} Data the times, then the values of each line; null where nothing is known */

/** @param {string} title @param {Line[]} lines */
export function chart(title, lines) {
  const canvas = h("div", { class: "canvas" });
  const told = h("p", { class: "told", role: "status", text: "Point at the chart, or choose it and use the arrow keys." });
  const table = h("div", { class: "numbers", hidden: true, tabindex: "0", role: "region", "aria-label": `${title}, as a table` });
  const toggle = h("button", { type: "button", class: "plain", "aria-expanded": "false", text: "Show as a table", onclick: swap });
  const figure = h("div", {
    class: "figure", role: "figure", tabindex: "0",
    "aria-label": `${title}: ${lines.map(([name]) => name).join(" and ")}. Arrow keys read the values.`, onkeydown: key,
  }, canvas);
  const legend = h("ul", { class: "legend" }, ...lines.map(([name, tone]) => h("li", { "data-tone": tone, text: name })));
  const head = h("h2", { text: title });
  const node = h("section", { class: "card chart" }, h("div", { class: "chart-head" }, head, legend, toggle), figure, told, table);
  /** @type {Plot | null} */ let plot = null;
  /** @type {Data} */ let data = [[], ...lines.map(() => [])];
  let place = -1;

  const watch = new ResizeObserver(() => {
    const width = canvas.clientWidth;
    if (plot !== null && width > 0 && plot.width !== width) plot.setSize({ width, height: HEIGHT });
  });
  watch.observe(canvas);

  function draw() {
    plot?.destroy();
    const style = getComputedStyle(document.documentElement);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
    const axis = { stroke: colour("muted"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, font: `12px ${style.getPropertyValue("--font")}` };
    const make = window.uPlot;
    const written = (/** @type {unknown} */ _, /** @type {number[]} */ all) => all.map(lines[0][2]);
    const range = (/** @type {unknown} */ _, /** @type {number} */ __, /** @type {number} */ top) => [0, top > 0 ? top * 1.15 : 1];
    // A value between two unknown ones would be a line without length.
    const alone = (/** @type {Plot} */ self, /** @type {number} */ line) => self.data[line].flatMap((value, at, all) =>
      (value !== null && (all[at - 1] ?? null) === null && (all[at + 1] ?? null) === null ? [at] : []));
    plot = new make({
      width: Math.max(canvas.clientWidth, 200), height: HEIGHT,
      cursor: { y: false, points: { size: 7 } }, legend: { show: false },
      scales: { y: { range } },
      axes: [
        { ...axis, space: 80, size: 32, values: (/** @type {unknown} */ _, /** @type {number[]} */ all) => all.map((one) => moment(one, all)) },
        { ...axis, size: 58, values: written },
      ],
      series: [{}, ...lines.map(([label, tone]) => ({
        label, stroke: colour(tone), width: 2, fill: tone === "good" ? colour("good-soft") : undefined, points: { show: true, size: 5, fill: colour(tone), filter: alone },
      }))],
      hooks: { setCursor: [(/** @type {Plot} */ self) => { if (self.cursor.idx !== null && self.cursor.idx !== undefined) say(self.cursor.idx); }] },
    }, data, canvas);
  }

  /** @param {number} index milliseconds of a point */
  function at(index) {
    return (data[0][index] ?? 0) * 1000;
  }

  /** @param {number} index */
  function say(index) {
    if (index < 0 || index >= data[0].length) return;
    put(told, `${time(at(index))}: ${lines.map(([name, , write], line) => `${name} ${write(data[line + 1][index])}`).join(", ")}`);
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    const last = data[0].length - 1;
    const next = { ArrowLeft: Math.max(0, (place < 0 ? last + 1 : place) - 1), ArrowRight: Math.min(last, place < 0 ? last : place + 1), Home: 0, End: last }[event.key];
    if (next === undefined || last < 0 || plot === null) return;
    event.preventDefault();
    place = next;
    plot.setCursor({ left: plot.valToPos(data[0][place] ?? 0, "x"), top: 10 });
    say(place);
  }

  function swap() {
    const open = table.hidden;
    table.hidden = !open;
    toggle.setAttribute("aria-expanded", String(open));
    put(toggle, open ? "Hide the table" : "Show as a table");
    if (open) tell();
  }

  function tell() {
    const head = h("tr", {}, h("th", { scope: "col", text: "Time" }), ...lines.map(([name]) => h("th", { scope: "col", text: name })));
    const body = data[0].map((_, index) => h("tr", {}, h("th", { scope: "row", text: time(at(index)) }),
      ...lines.map(([, , write], line) => h("td", { text: write(data[line + 1][index]) })))).reverse();
    table.replaceChildren(h("table", {}, h("thead", {}, head), h("tbody", {}, ...body)));
  }

  return {
    node,
    /** @param {Data} next @param {string} [name] another title */
    update(next, name = title) {
      data = next;
      if (head.textContent !== name) place = -1;
      put(head, name);
      if (plot === null) draw();
      else plot.setData(data);
      if (!table.hidden) tell();
    },
    paint() {
      if (plot !== null) draw();
    },
    end() {
      watch.disconnect();
      plot?.destroy();
    },
  };
}

/** A time below a chart: with seconds only where they tell something, with the day where it changes.
 * @param {number} at @param {number[]} all seconds since 1970 */
function moment(at, all) {
  const step = all.length > 1 ? all[1] - all[0] : 0;
  const text = time(at * 1000);
  return step >= 60 ? text.replace(/:\d\d$/, "") : text.slice(-8);
}
