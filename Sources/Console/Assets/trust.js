// A citizen's window, the level that is measured from it, and what moved it.
import { ask, askIfThere } from "./api.js";
import { address, at, count, el, empty, facts, fill, later, note, pill, time } from "./dom.js";
import { network } from "./network.js";
import { attempt, page } from "./shell.js";
import { listen } from "./stream.js";
import { table } from "./table.js";

/** The mean trust above which a triangle is crystallised, where the rulebook doesn't say. */
const USUAL = 70;
const state = { citizen: "", moves: [], reading: null, records: [], place: -1, chanceOf: "" };

async function citizens() {
  const { citizens: list } = await ask(`/v1/graph/citizens?prefix=${encodeURIComponent(at("citizen").value.trim())}`);
  fill("citizens", list.map((one) => el("option", { value: one.name }, `${one.relationships} relationships`)));
  return list;
}

async function show(name) {
  if (!name) return;
  state.citizen = name;
  address.set({ citizen: name });
  at("citizen").value = name;
  const path = encodeURIComponent(name);
  let graph;
  try {
    graph = await ask(`/v1/graph/window/${path}`);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    fill("graph", empty(`Nobody is called ${name}.`, "Names are written as in the network, with capitals."));
    fill("level", null);
    fill("moves", null);
    fill("chance", null);
    return;
  }
  const began = performance.now();
  const drawn = network(graph, await least(), (other) => attempt(() => show(other)));
  fill("graph", drawn.element);
  at("graph").dataset.milliseconds = Math.round(performance.now() - began);
  at("graph-title").textContent = `The window around ${name}: ${count(graph.nodes.length)} citizens, ${count(graph.edges.length)} relationships`;
  await Promise.all([level(path), moves(name)]);
  chance(name);
  follow();
}

let known;
async function least() {
  if (known === undefined) {
    const book = await askIfThere("/v1/rulebook/files").catch(() => null);
    const found = /crystal\w*\s*=\s*([0-9.]+)/.exec(book?.files?.["policies/consciousness.lua"] ?? "");
    known = found ? Number(found[1]) : USUAL;
  }
  return known;
}

const PARTS = {
  F: ["F", "closed triangles among those who could close"], rho: ["ρ", "how dense the window is"], R: ["R", "how far trust is spread"],
  P: ["P", "nearness to the pentagon"], C: ["C", "crystallised among all triangles"], V: ["V", "variance of trust"],
  median: ["median", "trust in the middle"], triangles: ["triangles", "in the window"], crystallised: ["crystallised", "triangles of high trust"], window: ["window", "citizens looked at"],
};

/** A part's value, of a list each. */
const written = (value) => (Array.isArray(value) ? value.map(written).join(", ") || "–"
  : typeof value === "number" && !Number.isInteger(value) ? value.toFixed(4) : String(value ?? "–"));

async function level(path) {
  let measured;
  try {
    measured = await ask(`/v1/citizens/${path}/measurement`);
  } catch (problem) {
    return fill("level", note("warn", problem.message));
  }
  const figure = Number(measured.level);
  return fill("level", el("div", { class: "row" }, el("strong", { class: "figure", id: "figure" }, figure.toFixed(4)), measured.ready ? pill("ready", "good", "✓") : pill("not ready", "", "–")),
    el("div", { class: "meter", "aria-hidden": "true" }, el("i", { style: { width: `${100 * figure}%` } })),
    table({
      caption: "What it is made of", rows: Object.entries(measured).filter(([name, value]) => !["level", "ready"].includes(name)), columns: [
        { title: "Part", cell: ([name]) => [PARTS[name]?.[0] ?? name.replaceAll("_", " "), PARTS[name] ? el("small", { class: "soft" }, ` ${PARTS[name][1]}`) : null] },
        { title: "Value", number: true, cell: ([, value]) => written(value) },
      ],
    }));
}

/** What the window's triangles are against those of randomly rewired graphs: the null model. */
async function chance(name) {
  if (state.chanceOf === name) return;
  state.chanceOf = name;
  fill("chance", el("p", { class: "soft" }, "Rewiring the window at random…"));
  let answer;
  try {
    ({ answer } = await ask("/v1/evaluations", { json: { point: "consciousness.validate", input: { citizen: name } } }));
  } catch (problem) {
    answer = { error: { message: problem.message } };
  }
  if (state.chanceOf !== name) return;
  if (answer.error) {
    state.chanceOf = "";
    fill("chance", note("warn", answer.error.message));
    return;
  }
  const figure = (value) => Number(value).toFixed(2);
  fill("chance", el("p", {}, `${count(answer.observed)} triangles, and ${figure(answer.mean)} by chance: ${figure(Math.abs(answer.z))} standard deviations ${answer.z < 0 ? "fewer" : "more"}.`),
    el("p", { class: "soft" }, `Of the same window rewired at random, each citizen with as many relationships; deviation ${figure(answer.deviation)}.`));
}

/** The decisions that moved trust of this citizen, to be stepped through. */
async function moves(name) {
  const found = await ask("/v1/records?point=trust.update&limit=200").catch(() => ({ records: [] }));
  state.records = found.records.filter((record) => JSON.stringify(record.input, (_, value) => (typeof value === "bigint" ? String(value) : value)).includes(JSON.stringify(name)));
  state.place = state.records.length ? 0 : -1;
  showMoves();
}

function showMoves() {
  const record = state.records[state.place];
  fill("moves",
    record ? [el("div", { class: "row" }, el("button", { type: "button", disabled: state.place >= state.records.length - 1, onclick: () => step(1) }, "← Earlier"), el("span", {}, `${state.place + 1} of ${state.records.length}`), el("button", { type: "button", disabled: state.place <= 0, onclick: () => step(-1) }, "Later →")),
      facts([["When", time(record.time)], ...Object.entries(record.input ?? {}).map(([key, value]) => [key, JSON.stringify(value)]), ["Answer", JSON.stringify(record.result ?? record.error?.message)]]),
      el("a", { href: `/console/decision?id=${encodeURIComponent(record.id)}` }, "Its story")]
      : empty("Nothing moved it since records are kept.", "Events between citizens and the nightly decay show here."),
    state.moves.length ? table({ caption: "Levels that moved just now", rows: state.moves.slice(0, 12), columns: [{ title: "Time", cell: (one) => time(one.time, false) }, { title: "Citizen", cell: (one) => one.citizen }, { title: "Level", number: true, cell: (one) => Number(one.level).toFixed(4) }] }) : null);
}

function step(by) {
  state.place = Math.max(0, Math.min(state.records.length - 1, state.place + by));
  showMoves();
}

function follow() {
  state.reading?.abort();
  state.reading = new AbortController();
  const redo = later(1_000, () => attempt(() => show(state.citizen)));
  listen({
    topics: ["graph"], signal: state.reading.signal, heard: (event) => {
      if (!event.data?.citizen || event.data.level === undefined) return;
      state.moves.unshift({ ...event.data, time: Date.now() });
      state.moves.splice(50);
      showMoves();
      if (event.data.citizen === state.citizen) redo();
    },
  });
}

page({
  name: "trust",
  keys: [["[", "an earlier move", () => step(1)], ["]", "a later move", () => step(-1)]],
  async start() {
    at("form").addEventListener("submit", (event) => { event.preventDefault(); attempt(() => show(at("citizen").value.trim())); });
    at("citizen").addEventListener("input", later(200, () => attempt(citizens)));
    const [list, stats] = await Promise.all([citizens(), ask("/v1/graph/stats")]);
    at("stats").textContent = `${count(stats.nodes)} citizens, ${count(stats.edges)} relationships, ${count(stats.triangles)} triangles in all`;
    const first = address.get("citizen") || list[0]?.name;
    if (first) return show(first);
    return fill("graph", empty("The graph is empty.", "cascade graph import reads relationships from a table."));
  },
});
