// The platform's model of itself.
import { ask, askIfThere } from "./api.js";
import { at, count, el, empty, fill, later, note, pill, time } from "./dom.js";
import { behind, line, scale } from "./chart.js";
import { svg } from "./dom.js";
import { attempt, page } from "./shell.js";
import { listen } from "./stream.js";
import { table } from "./table.js";

/** Steps that are kept in this page. */
const KEPT = 240;
const PARTS = {
  coverage: "components heard of in the last minute", prediction: "how well its intervals foretell what comes",
  calibration: "whether what it claims with 90 % holds in 90 of 100", integration: "whether its parts are one whole",
};
const history = new Map();

const share = (value) => (typeof value === "number" ? value.toFixed(2) : "unknown");

function showTiles(report) {
  const tile = (title, figure, small) => el("div", { class: "tile" }, el("h2", {}, title), el("div", { class: "figure" }, figure), el("small", { class: "soft" }, small));
  fill("tiles", tile("Awareness", share(report.awareness), report.mood ? report.mood.replaceAll("_", " ") : "too little is known yet"),
    Object.entries(PARTS).map(([name, meaning]) => tile(name[0].toUpperCase() + name.slice(1), share(report[name]), meaning)));
  fill("tools-top", el("span", { class: "soft" }, "Step of ", time(report.time)), report.first_surprise ? pill(`${report.first_surprise.component} surprised first`, "warn", "!") : null, report.problem ? pill("the rules failed", "bad", "!") : null);
}

const NAMES = {
  request_rate: "Requests a second", p95_latency: "95 of 100 within, seconds", error_rate: "Share of errors", rule_faults: "Share that rules fail",
  cache_hit_ratio: "Share of cache hits", store_latency: "Store answers within, seconds",
};

/** The last steps that the host itself kept, so that a line is there at once. */
const told = ({ steps }) => (steps?.time ?? []).map((x, place) => ({ x, y: steps.observed[place], low: steps.low[place], high: steps.high[place] }));

function showSeries(report) {
  for (const series of report.series ?? []) {
    const steps = history.get(series.name) ?? told(series);
    if (typeof series.observed === "number" && steps.at(-1)?.x !== report.time) steps.push({ x: report.time, y: series.observed, low: series.low, high: series.high });
    history.set(series.name, steps.slice(-KEPT));
  }
  const write = (value) => (value === 0 ? "0" : Number(value.toPrecision(3)).toString());
  fill("series", (report.series ?? []).length ? report.series.map((series) => {
    const points = history.get(series.name) ?? [];
    const isOutside = series.outside > 0;
    const band = points.filter((point) => typeof point.low === "number" && typeof point.high === "number");
    return el("div", { class: "stack" }, el("div", { class: "row" }, el("h3", {}, NAMES[series.name] ?? series.name), el("small", { class: "soft" }, series.component), isOutside ? pill(`${series.outside} outside`, "warn", "!") : pill("as expected", "good", "✓")),
      el("p", {}, el("strong", {}, series.observed === null ? "nothing seen" : write(series.observed)), el("span", { class: "soft" }, series.low === null ? ", no interval yet" : `, expected ${write(series.low)} to ${write(series.high)}`)),
      points.length > 1 ? line({
        title: `${NAMES[series.name] ?? series.name} with its interval`, points, band, write, when: (x) => new Date(x).toISOString().slice(11, 19), surprises: band.filter((point) => point.y < point.low || point.y > point.high),
        columns: [{ title: "When", cell: (point) => time(point.x) }, { title: "Seen", number: true, cell: (point) => write(point.y) }, { title: "From", number: true, cell: (point) => (typeof point.low === "number" ? write(point.low) : "–") }, { title: "To", number: true, cell: (point) => (typeof point.high === "number" ? write(point.high) : "–") }],
      }) : el("p", { class: "soft" }, "The next step, 15 seconds away, begins the line."));
  }) : empty("Nothing is observed yet.", "The first step comes within 15 seconds."));
}

function showReliability(report) {
  const points = report.reliability ?? [];
  if (!points.length) return fill("reliability", empty("Too few claims were tried.", "It needs five healthy and five unhealthy outcomes before it can say."));
  const x = scale([0, 1], [50, 310]);
  const y = scale([0, 1], [270, 10]);
  const claimed = (point) => (point.low + point.high) / 2;
  const seen = (point) => (point.n ? point.healthy / point.n : 0);
  return fill("reliability", svg("svg", { viewBox: "0 0 330 300", class: "chart", role: "img", "aria-label": "What was claimed against what was so", style: { "max-width": "26rem" } },
    svg("path", { class: "plan", d: `M${x(0)} ${y(0)}L${x(1)} ${y(1)}` }), [0, 0.5, 1].map((at) => [svg("text", { x: x(at), y: 290, "text-anchor": "middle" }, String(at)), svg("text", { x: 42, y: y(at) + 4, "text-anchor": "end" }, String(at))]),
    points.map((point) => svg("circle", { class: "dot", cx: x(claimed(point)), cy: y(seen(point)), r: 4 }))),
  el("p", { class: "soft" }, "On the dashed line what was claimed came true as often as it was claimed."),
  behind("Claims and outcomes", [{ title: "Claimed", number: true, cell: (point) => claimed(point).toFixed(3) }, { title: "Was so", number: true, cell: (point) => seen(point).toFixed(3) }, { title: "Claims", number: true, cell: (point) => count(point.n) }], points));
}

function showComponents(report) {
  fill("components", table({
    caption: "Components of the host", rows: report.components ?? [], columns: [
      { title: "Component", cell: (one) => one.name }, { title: "Health", cell: (one) => (one.healthy === true ? pill("healthy", "good", "✓") : one.healthy === false ? pill("unhealthy", "bad", "!") : pill("not probed", "", "–")) },
      { title: "Claimed", number: true, cell: (one) => (one.claimed === null ? "–" : `${(100 * one.claimed).toFixed(1)} %`) }, { title: "Heard", cell: (one) => (one.heard === null ? "never" : time(one.heard, false)) }, { title: "Problem", cell: (one) => one.problem ?? "" },
    ],
  }));
}

const title = (name) => name.replaceAll("_", " ").replace(/^./, (letter) => letter.toUpperCase());

function showBlind(report) {
  const spots = Object.entries(report.blind_spots ?? {}).filter(([name, value]) => (Array.isArray(value) ? value.length : value !== undefined && (value !== null || name.endsWith("_seconds"))));
  const row = (name, value) => (name.endsWith("_seconds") ? lasted(value) : Array.isArray(value) ? value.map((item) => (typeof item === "object" ? Object.values(item).join(" → ") : String(item))).slice(0, 12).join(", ") + (value.length > 12 ? `, and ${value.length - 12} more` : "") : typeof value === "object" ? JSON.stringify(value) : String(value));
  fill("blind", spots.length ? table({ caption: "What is not known", rows: spots, columns: [{ title: "What", cell: ([name]) => title(name) }, { title: "Which", cell: ([name, value]) => row(name, value) }] }) : el("p", { class: "good" }, "✓ It sees everything that it declares."));
}

const lasted = (seconds) => (seconds === null ? "not known" : seconds >= 172_800 ? `${Math.floor(seconds / 86_400)} days` : seconds >= 7200 ? `${Math.floor(seconds / 3600)} hours` : `${Math.max(1, Math.floor(seconds / 60))} min`);

function budgetLeft({ left }) {
  if (left === null) return el("span", { class: "soft" }, "nothing ran yet");
  const width = `${100 * Math.min(1, Math.max(0, left))}%`;
  return el("div", { class: "row" }, el("span", { class: "meter", "aria-hidden": "true", style: { width: "6rem" } }, el("i", { style: { width } })), `${(100 * left).toFixed(1)} %`);
}

function budgetState({ left, burns }) {
  if (burns.length) return pill(`burns ${burns[0].factor}× too fast (${burns[0].long})`, burns[0].severity === "page" ? "bad" : "warn", "!");
  if (left === null) return pill("no runs", "", "–");
  return left <= 0 ? pill("used up", "bad", "!") : pill("within", "good", "✓");
}

async function objectives() {
  const found = await askIfThere("/v1/objectives");
  if (!found) return fill("objectives", empty("No objectives are set.", "policies/objectives.lua declares availability and latency by decision."));
  if (found.problem) return fill("objectives", note("bad", found.problem));
  return fill("objectives", found.holds_activation ? note("bad", `No signed rulebook comes into force now. ${found.holds_activation}`) : null,
    table({ caption: `Budgets of ${found.days} days, of which this host has watched ${lasted(found.seconds)}`, rows: found.budgets, columns: [
      { title: "Decision", cell: (one) => one.point }, { title: "Promise", cell: (one) => `${one.objective}, ${+(100 * (1 - one.budget)).toFixed(6)} %` },
      { title: "Runs", number: true, cell: (one) => count(one.runs) }, { title: "Bad", number: true, cell: (one) => count(one.bad) },
      { title: "Budget left", cell: budgetLeft }, { title: "State", cell: budgetState },
    ] }),
    el("p", { class: "soft" }, "They stand in ", el("a", { href: "/console/rules?file=policies%2Fobjectives.lua" }, "policies/objectives.lua"), "; for Prometheus: ", el("code", {}, "cascade objectives > rules.yml")));
}

async function look() {
  const report = await ask("/v1/awareness");
  showTiles(report);
  showSeries(report);
  showReliability(report);
  showComponents(report);
  showBlind(report);
  fill("message", report.problem ? note("bad", report.problem) : null);
}

page({
  name: "self",
  async start() {
    await Promise.all([look(), objectives()]);
    const again = later(200, () => attempt(() => Promise.all([look(), objectives()])));
    listen({ topics: ["awareness", "alarms"], signal: new AbortController().signal, heard: (event) => { if (event.data && !["hello", "live", "bye"].includes(event.name)) again(); } });
    setInterval(() => { if (!document.hidden) again(); }, 15_000);
    at("series").dataset.watched = "true";
  },
});
