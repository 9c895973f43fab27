// A citizen's window as a graph: places by d3's forces, trust as the width of a line.
/* global d3 */
import { el, svg } from "./dom.js";
import { behind } from "./chart.js";

const [WIDTH, HEIGHT] = [900, 640];
/** The trust of a pair without a recorded one, and the steps in which the places settle. */
const NEUTRAL = 50;
const STEPS = 110;

/** Triangles whose mean trust is above `least`, neutral where none is recorded: crystallised ones. */
export function triangles(edges, least) {
  const near = new Map();
  const note = (from, to, trust) => near.set(from, (near.get(from) ?? new Map()).set(to, trust));
  for (const { source, target, trust } of edges) {
    note(source, target, trust ?? NEUTRAL);
    note(target, source, trust ?? NEUTRAL);
  }
  const found = [];
  for (const [a, of] of near) {
    for (const [b, ab] of of) {
      if (b < a) continue;
      for (const [c, bc] of near.get(b)) {
        const ca = of.get(c);
        if (c > b && ca !== undefined && (ab + bc + ca) / 3 > least) found.push([a, b, c]);
      }
    }
  }
  return found;
}

/** Settles the nodes' places. The measured citizen stands in the middle. */
function placed(graph) {
  const nodes = graph.nodes.map((node, index) => ({ ...node, index, ...(index === 0 ? { fx: WIDTH / 2, fy: HEIGHT / 2 } : {}) }));
  const links = graph.edges.map(({ source, target, trust }) => ({ source, target, trust: trust ?? 50 }));
  const forces = d3.forceSimulation(nodes).stop().alphaDecay(1 - 0.001 ** (1 / STEPS))
    .force("link", d3.forceLink(links).distance((link) => 190 - link.trust).strength((link) => 0.1 + link.trust / 250))
    .force("charge", d3.forceManyBody().strength(-420))
    .force("x", d3.forceX(WIDTH / 2).strength(0.05)).force("y", d3.forceY(HEIGHT / 2).strength(0.075))
    .force("apart", d3.forceCollide(24));
  for (let step = 0; step < STEPS; step += 1) forces.tick();
  for (const node of nodes) {
    node.x = Math.max(70, Math.min(WIDTH - 70, node.x));
    node.y = Math.max(24, Math.min(HEIGHT - 30, node.y));
  }
  return nodes;
}

const pentagon = (radius) => [0, 1, 2, 3, 4].map((corner) => {
  const angle = (corner * 2 * Math.PI) / 5 - Math.PI / 2;
  return `${(WIDTH / 2 + radius * Math.cos(angle)).toFixed(1)},${(HEIGHT / 2 + radius * Math.sin(angle)).toFixed(1)}`;
}).join(" ");

/** Draws `graph`, as `GET /v1/graph/window` has it; `chosen(name)` is told who is picked. */
export function network(graph, least, chosen) {
  const nodes = placed(graph);
  const crystals = triangles(graph.edges, least);
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "network", role: "group", "aria-label": `Trust around ${graph.citizen}` },
    svg("polygon", { class: "pentagon", points: pentagon(270) }),
    crystals.map((three) => svg("polygon", { class: "triangle", points: three.map((place) => `${nodes[place].x},${nodes[place].y}`).join(" ") })),
    graph.edges.map(({ source, target, trust }) => svg("line", {
      class: trust !== null && trust >= least ? "strong" : "", x1: nodes[source].x, y1: nodes[source].y, x2: nodes[target].x, y2: nodes[target].y,
      "stroke-width": trust === null ? 0.6 : (0.6 + trust / 18).toFixed(2), "stroke-opacity": trust === null ? 0.35 : 0.35 + trust / 180,
      "stroke-dasharray": trust === null ? "2 4" : undefined,
    }, svg("title", {}, `${nodes[source].name} – ${nodes[target].name}: ${trust === null ? "no trust recorded" : `trust ${trust}`}`))),
    nodes.map((node) => svg("g", {
      tabindex: "0", role: "button", "aria-label": `${node.name}, ${node.degree} relationships`, onclick: () => chosen(node.name),
      onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); chosen(node.name); } },
    }, svg("circle", { class: node.index === 0 ? "self" : "", cx: node.x, cy: node.y, r: (5 + Math.min(9, Math.sqrt(node.degree) * 1.6)).toFixed(1) }),
    svg("text", { x: node.x, y: node.y - 15, "text-anchor": "middle" }, node.name))));
  const name = (place) => graph.nodes[place].name;
  return {
    crystals, element: el("figure", { class: "stack" }, drawing,
      el("p", { class: "legend" }, el("span", {}, "wide line: high trust"), el("span", {}, "dashed: no trust recorded"), el("span", {}, `filled: a crystallised triangle, mean trust above ${least}`), el("span", {}, "dashed pentagon: five who all trust each other would stand on it")),
      behind(`Relationships around ${graph.citizen}`, [
        { title: "One", cell: (edge) => name(edge.source) }, { title: "Other", cell: (edge) => name(edge.target) },
        { title: "Trust", number: true, cell: (edge) => (edge.trust === null ? "–" : String(edge.trust)) }, { title: "Strength", number: true, cell: (edge) => String(edge.strength) },
      ], graph.edges)),
  };
}
