// @ts-check
/** A chart over uPlot, with a name, a cursor for the keyboard and the same numbers as a table. */

import { h, put } from "./dom.js";
import { time } from "./format.js";

const HEIGHT = 190;

/** @typedef {[string, string, (value: any) => string]} Line label, colour, how a value is written */

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
  const node = h("section", { class: "card chart" },
    h("div", { class: "chart-head" }, h("h2", { text: title }), legend, toggle), figure, told, table);
  /** @type {any} */ let plot = null;
  /** @type {any[][]} */ let data = [[], ...lines.map(() => [])];
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
    const make = /** @type {any} */ (window).uPlot;
    plot = new make({
      width: Math.max(canvas.clientWidth, 200), height: HEIGHT,
      cursor: { y: false, points: { size: 7 } }, legend: { show: false },
      scales: { y: { range: (/** @type {any} */ _, /** @type {number} */ __, /** @type {number} */ top) => [0, top > 0 ? top * 1.15 : 1] } },
      axes: [
        { ...axis, space: 80, size: 32, values: (/** @type {any} */ _, /** @type {number[]} */ all) => all.map((one) => time(one * 1000).slice(-8)) },
        { ...axis, size: 58, values: (/** @type {any} */ _, /** @type {number[]} */ all) => all.map(lines[0][2]) },
      ],
      series: [{}, ...lines.map(([label, tone]) => ({
        label, stroke: colour(tone), width: 2, fill: tone === "good" ? colour("good-soft") : undefined, points: { show: false }, spanGaps: true,
      }))],
      hooks: { setCursor: [(/** @type {any} */ self) => { if (self.cursor.idx !== null && self.cursor.idx !== undefined) say(self.cursor.idx); }] },
    }, data, canvas);
  }

  /** @param {number} index */
  function say(index) {
    if (index < 0 || index >= data[0].length) return;
    put(told, `${time(data[0][index] * 1000)}: ${lines.map(([name, , write], line) => `${name} ${write(data[line + 1][index])}`).join(", ")}`);
  }

  /** @param {KeyboardEvent} event */
  function key(event) {
    const last = data[0].length - 1;
    const next = { ArrowLeft: Math.max(0, (place < 0 ? last + 1 : place) - 1), ArrowRight: Math.min(last, place < 0 ? last : place + 1), Home: 0, End: last }[event.key];
    if (next === undefined || last < 0) return;
    event.preventDefault();
    place = next;
    plot.setCursor({ left: plot.valToPos(data[0][place], "x"), top: 10 });
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
    const body = data[0].map((at, index) => h("tr", {}, h("th", { scope: "row", text: time(at * 1000) }),
      ...lines.map(([, , write], line) => h("td", { text: write(data[line + 1][index]) })))).reverse();
    table.replaceChildren(h("table", {}, h("thead", {}, head), h("tbody", {}, ...body)));
  }

  return {
    node,
    /** @param {any[][]} next */
    update(next) {
      data = next;
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
