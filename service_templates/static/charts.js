// Charts as SVG and as text for those who do not see them: no library, no style that a page's policy would forbid.

import { make } from "./dom.js";

const WIDTH = 320;
const HEIGHT = 90;

function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function figure(title, said, drawing, note = "") {
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", `${title}: ${said}`);
  return make("figure", {}, make("figcaption", {}, make("span", {}, title), make("b", {}, said)), drawing, note ? make("p", { className: "quiet" }, note) : null);
}

/** One number over time; `values` hold null where there was nothing to measure. */
export function line(title, values, said, note) {
  const top = Math.max(...values.filter((each) => each !== null), 0) || 1;
  const step = WIDTH / Math.max(values.length - 1, 1);
  const points = values.map((value, index) => [index * step, value === null ? null : HEIGHT - 4 - (value / top) * (HEIGHT - 12)]);
  const path = points.map(([x, y], index) => (y === null ? "" : `${index && points[index - 1][1] !== null ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`)).join("");
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", class: "chart" }, svg("path", { d: `M0 ${HEIGHT - 4}H${WIDTH}`, class: "axis" }), svg("path", { d: path, class: "line" }));
  return figure(title, said, drawing, note);
}

/** Shares of a whole, `[label, count]`, most first. */
export function shares(title, counts, most = 12) {
  const total = counts.reduce((all, [, count]) => all + count, 0);
  const rows = counts.slice(0, most).map(([label, count]) => make(
    "div", { className: "share" },
    make("span", {}, label),
    make("meter", { min: 0, max: 1, value: total ? count / total : 0, "aria-label": `share of ${label}` }),
    make("output", {}, `${total ? ((100 * count) / total).toFixed(1) : "0.0"} %`),
  ));
  const more = counts.length > most ? make("p", { className: "quiet" }, `and ${counts.length - most} more`) : null;
  return make("figure", {}, make("figcaption", {}, make("span", {}, title), make("b", {}, `${total.toLocaleString("en")} rows`)), ...rows, more);
}

/** A field's shares in training and in the last window, bin by bin, side by side. */
export function bins({ bins: names, baseline, window: last }) {
  const window = last ?? names.map(() => 0);
  const top = Math.max(...baseline, ...window, 0.01);
  const step = WIDTH / names.length;
  const bar = (share, index, side) => svg("rect", {
    x: (index * step + (side ? step / 2 : 1)).toFixed(1), y: (HEIGHT - (share / top) * (HEIGHT - 4)).toFixed(1),
    width: Math.max(step / 2 - 1.5, 0.5).toFixed(1), height: ((share / top) * (HEIGHT - 4)).toFixed(1), class: side ? "window" : "baseline",
  });
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", class: "chart", role: "img", "aria-label": "shares by bin, training beside the last window" });
  names.forEach((name, index) => {
    const said = `${name}: ${(100 * baseline[index]).toFixed(1)} % of training, ${(100 * window[index]).toFixed(1)} % of the last window`;
    drawing.append(svg("g", {}, svg("title", {}, said), bar(baseline[index], index, 0), bar(window[index], index, 1)));
  });
  return drawing;
}
