// Charts, each with the same in a table behind it.
import { el, svg } from "./dom.js";
import { table } from "./table.js";

/** Where values land between `from` and `to`. */
export function scale([low, high], [from, to]) {
  const span = high - low || 1;
  return (value) => from + ((value - low) / span) * (to - from);
}

const path = (points) => points.map(([x, y], place) => `${place ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

/** A line without axes, for a tile. */
export function spark(values) {
  if (values.length < 2) return svg("svg", { viewBox: "0 0 120 30", "aria-hidden": "true" });
  const x = scale([0, values.length - 1], [1, 119]);
  const y = scale([Math.min(0, ...values), Math.max(...values, 1e-9)], [28, 2]);
  const points = values.map((value, place) => [x(place), y(value)]);
  return svg("svg", { viewBox: "0 0 120 30", preserveAspectRatio: "none", class: "chart", "aria-hidden": "true" },
    svg("path", { class: "area", d: `${path(points)}L119 29L1 29Z` }),
    svg("path", { class: "line", d: path(points), "vector-effect": "non-scaling-stroke" }));
}

/**
 * A line over time with its axis. `points` are `{ x, y }`, `plan` and `band` (`{ x, low, high }`) stand beside or
 * behind; `write(y)` and `when(x)` give the texts.
 */
export function line({ title, points, plan, band, surprises = [], write, when, columns }) {
  const [width, height, left, bottom] = [640, 230, 128, 26];
  const ys = [...points, ...(plan ?? [])].map((point) => point.y).concat((band ?? []).flatMap(({ low, high }) => [low, high]));
  const xs = [...points, ...(plan ?? [])].map((point) => point.x);
  const top = Math.max(...ys);
  const low = Math.min(0, ...ys);
  const x = scale([Math.min(...xs), Math.max(...xs)], [left, width - 10]);
  const y = scale([low, top || 1], [height - bottom, 10]);
  const steps = [low, low + (top - low) / 2, top];
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "chart", role: "img", "aria-label": title },
    steps.map((step) => [
      svg("line", { class: "axis", x1: left, x2: width - 10, y1: y(step), y2: y(step) }),
      svg("text", { x: left - 8, y: y(step) + 4, "text-anchor": "end" }, write(step)),
    ]),
    band?.length ? svg("path", {
      class: "band",
      d: path([...band.map((one) => [x(one.x), y(one.high)]), ...[...band].reverse().map((one) => [x(one.x), y(one.low)])]) + "Z",
    }) : null,
    plan ? svg("path", { class: "plan", d: path(plan.map((point) => [x(point.x), y(point.y)])) }) : null,
    svg("path", { class: "line", d: path(points.map((point) => [x(point.x), y(point.y)])) }),
    points.length === 1 ? svg("circle", { class: "dot", cx: x(points[0].x), cy: y(points[0].y), r: 4 }) : null,
    surprises.map((point) => svg("circle", { class: "surprise", cx: x(point.x), cy: y(point.y), r: 5 })),
    [xs[0], xs[xs.length - 1]].map((at, place) => svg("text", {
      x: place ? width - 10 : left, y: height - 7, "text-anchor": place ? "end" : "start",
    }, when(at))));
  return el("figure", { class: "stack" }, drawing, behind(title, columns ?? [
    { title: "When", cell: (point) => when(point.x) }, { title: "Value", number: true, cell: (point) => write(point.y) },
  ], points));
}

/** The same as a table, folded; made when somebody opens it. */
export function behind(title, columns, rows) {
  const box = el("details", {
    ontoggle: () => { if (box.open && box.children.length === 1) box.append(table({ caption: title, columns, rows })); },
  }, el("summary", {}, "The same as a table"));
  return box;
}
