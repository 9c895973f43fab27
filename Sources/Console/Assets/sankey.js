// Flows between two columns of names, as wide as what flows. Own layout: each name is as high as its sum, in the order
// of the sums; each flow keeps its place in both names.
import { el, svg } from "./dom.js";
import { behind } from "./chart.js";

const [WIDTH, HEIGHT, BAR, GAP, LEFT, RIGHT] = [640, 320, 12, 10, 150, 490];

/** Places the names of one side: `{ name, sum, y, height, used }` by name. `unit` is the height of one. */
function column(flows, side, unit) {
  const sums = new Map();
  for (const flow of flows) sums.set(flow[side], (sums.get(flow[side]) ?? 0) + flow.size);
  let y = 8;
  const placed = new Map();
  for (const [name, sum] of [...sums].sort(([, a], [, b]) => b - a)) {
    const height = Math.max(2, sum * unit);
    placed.set(name, { name, sum, y, height, used: 0 });
    y += height + GAP;
  }
  return { placed, end: y };
}

/** The height of one, so that the fuller side fits. */
function unitOf(flows) {
  const total = flows.reduce((sum, flow) => sum + flow.size, 0) || 1;
  const most = Math.max(new Set(flows.map((flow) => flow.from)).size, new Set(flows.map((flow) => flow.to)).size);
  return Math.max(0, HEIGHT - 16 - GAP * (most - 1)) / total;
}

/** A ribbon between two bars. */
function ribbon(from, to, height) {
  const middle = (LEFT + BAR + RIGHT) / 2;
  const [a, b] = [LEFT + BAR, RIGHT];
  return `M${a} ${from}C${middle} ${from} ${middle} ${to} ${b} ${to}V${to + height}`
    + `C${middle} ${to + height} ${middle} ${from + height} ${a} ${from + height}Z`;
}

/**
 * Draws `flows`: `{ from, to, minor, transfers }`. `write(minor)` gives the text of an amount. Sizes are only for
 * drawing; every figure is exact.
 */
export function sankey({ title, flows, write }) {
  const largest = flows.reduce((most, flow) => (flow.minor > most ? flow.minor : most), 1n);
  const sized = flows.map((flow) => ({ ...flow, size: Number((flow.minor * 1_000_000n) / largest) || 1 }))
    .sort((a, b) => b.size - a.size);
  const unit = unitOf(sized);
  const [left, right] = [column(sized, "from", unit), column(sized, "to", unit)];
  const height = Math.max(left.end, right.end, 60);
  const ribbons = sized.map((flow) => {
    const [from, to] = [left.placed.get(flow.from), right.placed.get(flow.to)];
    const size = Math.max(1.5, flow.size * unit);
    const d = ribbon(from.y + from.used, to.y + to.used, size);
    from.used += size;
    to.used += size;
    return svg("path", { class: `flow${flow.from === "world" || flow.to === "world" ? " other" : ""}`, d },
      svg("title", {}, `${flow.from} → ${flow.to}: ${write(flow.minor)}`));
  });
  const names = ({ placed }, x, anchor, at) => [...placed.values()].map((one) => [
    svg("rect", { class: "node", x, y: one.y, width: BAR, height: one.height, rx: 2 }),
    svg("text", { class: "label", x: at, y: one.y + one.height / 2 + 4, "text-anchor": anchor }, one.name),
  ]);
  return el("figure", { class: "stack" },
    svg("svg", { viewBox: `0 0 ${WIDTH} ${height}`, class: "chart", role: "img", "aria-label": title }, ribbons,
      names(left, LEFT, "end", LEFT - 8), names(right, RIGHT, "start", RIGHT + BAR + 8)),
    behind(title, [
      { title: "From", cell: (flow) => flow.from }, { title: "To", cell: (flow) => flow.to },
      { title: "Amount", number: true, cell: (flow) => write(flow.minor) },
      { title: "Transfers", number: true, cell: (flow) => flow.transfers },
    ], sized));
}
