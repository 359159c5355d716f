// Plots as SVG, each with its numbers as a table behind.
import {el, svg, table} from "/js/dom.js";
import {number, percent} from "/js/format.js";
import {t} from "/js/text.js";

const HEIGHT = 220;
const BOTTOM = 26;
const TOP = 8;

// A round number at or above the greatest value, and the step that divides it into at most five.
function scale(greatest) {
  const power = 10 ** Math.floor(Math.log10(Math.max(greatest, 1)));
  const step = [0.2, 0.5, 1, 2].map((part) => part * power).find((one) => one >= 1 && greatest / one <= 5) ?? power;
  return {step, top: Math.max(step, Math.ceil(greatest / step) * step)};
}

function pathOf(values, x, y) {
  let pen = "M";
  return values.map((value, at) => {
    if (value === null) {
      pen = "M";
      return "";
    }
    const part = `${pen}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    const dot = pen === "M" ? "h0" : ""; // seen even where nothing follows
    pen = "L";
    return part + dot;
  }).join("");
}

// The newest that is known of a series, seen even where it is all that there is.
function last(values, at, x, y) {
  const index = values.findLastIndex((value) => value !== null);
  return index >= 0 && svg("circle", {class: `series${at}`, cx: x(index).toFixed(1), cy: y(values[index]).toFixed(1), r: 3.5});
}

function legend(series) {
  return el("p", {class: "row small quiet"}, series.map((one, at) => el("span", {class: "row"},
    svg("svg", {class: "plot key", width: 32, height: 10, viewBox: "0 0 32 10", "aria-hidden": "true"}, svg("path", {class: `series${at}`, d: "M0 5H32"})), one.name)));
}

// The days from the first on which something was, a year at most.
export function lived(days) {
  const first = days.findIndex((day) => day.issued || day.revoked || day.active);
  return first < 0 ? [] : days.slice(Math.max(first, days.length - 366));
}

// labels: of the x axis, one for each value; series: [{name, values (null: unknown)}]; columns: how many stand beside each other on a wide screen.
export function linePlot(title, labels, series, columns = 1) {
  const room = document.querySelector("main").clientWidth - 40;
  const width = Math.max(room > 700 ? room / columns : room, 280);
  const {step, top} = scale(Math.max(...series.flatMap((one) => one.values)));
  const left = 10 + 8 * number(top).length;
  const x = (at) => left + (width - left - 4) * (labels.length > 1 ? at / (labels.length - 1) : 0.5);
  const y = (value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - value / top);
  const lines = [];
  for (let value = 0; value <= top; value += step)
    lines.push(svg("line", {class: "grid", x1: left, x2: width, y1: y(value), y2: y(value)}),
      svg("text", {x: left - 6, y: y(value) + 4, "text-anchor": "end"}, number(value)));
  const marks = [[0, labels.length > 1 ? "start" : "middle"], [labels.length >> 1, "middle"], [labels.length - 1, "end"]].filter(([at], index) => index === 0 || labels.length > 2)
    .map(([at, anchor]) => svg("text", {x: x(at), y: HEIGHT - 4, "text-anchor": anchor}, labels[at]));
  return el("figure", {}, el("figcaption", {class: "label"}, title), series.length > 1 && legend(series),
    svg("svg", {class: "plot", viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": title}, lines, marks,
      series.map((one, at) => svg("path", {class: `series${at}`, d: pathOf(one.values, x, y)})), series.map((one, at) => last(one.values, at, x, y))),
    el("details", {class: "small"}, el("summary", {}, t("plot.numbers")),
      table(title, ["", ...series.map((one) => one.name)],
        labels.map((label, at) => [label, ...series.map((one) => (one.values[at] === null ? "–" : number(one.values[at])))]).toReversed())));
}

// counts: {name: n}. A bar for each, the greatest first.
export function shares(title, counts, nameOf = (name) => name) {
  const rows = Object.entries(counts).sort((one, other) => other[1] - one[1]);
  const whole = rows.reduce((sum, [, count]) => sum + count, 0);
  return el("table", {}, el("caption", {}, title), el("tbody", {}, rows.map(([name, count]) => el("tr", {}, el("th", {scope: "row"}, nameOf(name)),
    el("td", {}, el("progress", {max: Math.max(whole, 1), value: count, "aria-hidden": "true"})),
    el("td", {class: "number"}, number(count)), el("td", {class: "number"}, percent(count, whole))))));
}
