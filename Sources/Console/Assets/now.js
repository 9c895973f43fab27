// What happens now: figures, what needs attention, and decisions as they are made.
import { ask, query } from "./api.js";
import { address, at, brief, count, duration, el, empty, fill, later, note, pill, time } from "./dom.js";
import { spark } from "./chart.js";
import { outcome } from "./outcome.js";
import { attempt, page, sayProblem } from "./shell.js";
import { listen } from "./stream.js";
import { VirtualList } from "./table.js";

/** Decisions in the list that come from the stream, and between two looks at the figures, milliseconds. */
const KEPT = 5_000;
const LOOK = 2_000;

const state = { items: [], known: new Set(), next: undefined, isPaused: false, waiting: [], rates: [], alarms: [], lag: null };
let list;
let reading;

const row = (record) => [
  time(record.time, false), el("code", {}, record.point), outcome(record),
  el("span", { class: "soft" }, brief(record.error ? { says: record.error.message } : record.result)),
  el("span", {}, record.requester === "demo" ? pill("demo") : record.subject || record.requester?.split(":")[0] || "–"),
  el("span", { class: "number" }, `gen ${record.generation}`), el("span", { class: "number" }, duration(record.nanoseconds ?? 0)),
];

const openRecord = (record) => location.assign(`/console/decision?id=${encodeURIComponent(record.id)}`);

function makeList() {
  list = new VirtualList({
    label: "Decisions, the latest first", height: "min(60vh, 34rem)",
    columns: "6.5rem minmax(9rem, 1.1fr) minmax(7rem, .9fr) minmax(8rem, 3fr) minmax(4rem, .9fr) 4.5rem 4.5rem",
    titles: ["Time (UTC)", "Decision", "Outcome", "Answer", "For", "By", "Took"],
    row, open: openRecord, more: () => attempt(older),
  });
  fill("decisions", list.element);
}

const wanted = () => {
  const text = at("filter").value.trim();
  return { prefix: text.endsWith("*") ? text.slice(0, -1) : null, point: text && !text.endsWith("*") ? text : "" };
};

function fits(record) {
  const { prefix, point } = wanted();
  if (at("refused").checked && !record.error) return false;
  if (point) return record.point === point;
  return prefix === null || record.point.startsWith(prefix);
}

let isLoading = false;

/** The page of records behind those that are shown. */
async function older() {
  if (isLoading || state.next === null) return;
  isLoading = true;
  try {
    const page = await ask(query("/v1/records", {
      limit: 200, before: state.next, point: wanted().point, refused: at("refused").checked ? "true" : "",
    }));
    state.next = page.next;
    const found = page.records.filter((record) => !state.known.has(record.id) && fits(record));
    for (const record of found) state.known.add(record.id);
    if (found.length) list.set(state.items = [...state.items, ...found]);
    if (!state.items.length && page.next === null) showEmpty();
  } finally {
    isLoading = false;
  }
  if (state.items.length < 30 && state.next) await older();
}

function showEmpty() {
  fill("decisions", empty(at("filter").value || at("refused").checked ? "Nothing fits." : "No decision was made yet.",
    "Decisions appear here as they are made. Ask for one:",
    el("code", {}, "curl -s 127.0.0.1:8181/v1/decisions/tier.assign -d '{\"input\":{\"social_class\":\"Nobili\"}}'")));
}

async function again() {
  Object.assign(state, { items: [], known: new Set(), next: undefined, waiting: [] });
  address.set({ filter: at("filter").value.trim(), refused: at("refused").checked ? "true" : "" });
  makeList();
  await older();
  follow();
}

function follow() {
  reading?.abort();
  reading = new AbortController();
  const text = at("filter").value.trim();
  listen({
    topics: ["decisions", "alarms", "rulebook"], filter: text ? `point:${text}` : undefined, signal: reading.signal,
    heard, state: (name) => {
      const says = { live: ["live", "good", "●"], waiting: ["connecting again", "warn", "○"], stopping: ["the host is stopping", "warn", "○"], absent: ["no stream here", "", "○"] };
      at("live").replaceWith(el("span", { id: "live", role: "status", class: `pill ${says[name][1]}` }, `${says[name][2]} ${state.isPaused ? "paused" : says[name][0]}`));
    },
  });
}

/** What each alarm says. */
const ALARMS = {
  selfcheck: (data) => data.message, critical: (data) => data.message,
  surprise: (data) => `${data.component} doesn't behave as expected`,
  readiness: (data) => (data.status === "ready" ? "The host is ready again" : `The host is ${data.status}: ${data.reason}`),
  budget: (data) => (data.burns.length ? `${data.point}: the ${data.objective} budget burns ${data.burns[0].factor}× too fast` : `${data.point}: the ${data.objective} budget burns no more`),
};

/** Whether the same line was heard by another name: what the self-check finds is in the log, too. */
const isTold = ({ message }) => message !== undefined && state.alarms.some((alarm) => alarm.data.message === message && Date.now() - alarm.time < 1000);

function heard(event) {
  if (event.name === "behind") state.lag = event.data?.lag ?? 0;
  if (event.name === "live") state.lag = 0;
  if (event.data && ALARMS[event.name] && !isTold(event.data)) {
    state.alarms.unshift({ name: event.name, data: event.data, time: Date.now() });
    state.alarms.splice(20);
    showAlarms();
  }
  if (event.name === "generation") look();
  if (event.name !== "decision" || state.known.has(event.data.id) || !fits(event.data)) return;
  state.known.add(event.data.id);
  state.waiting.push(event.data);
}

/** Decisions of the last moment go into the list together. */
function flush() {
  if (state.isPaused || !state.waiting.length) return;
  const fresh = state.waiting.splice(0).reverse();
  if (!at("decisions").contains(list.element)) fill("decisions", list.element);
  state.items = [...fresh, ...state.items];
  if (state.items.length > KEPT && list.box.scrollTop === 0) {
    for (const gone of state.items.splice(KEPT)) state.known.delete(gone.id);
    state.next = state.items.at(-1).id;
  }
  list.set(state.items, { fresh: new Set(fresh) });
}

// Figures

const sum = (metrics, name, labels = "") => [...metrics.matchAll(new RegExp(`^${name}\\{?([^}\\n ]*)\\}? ([0-9.e+]+)$`, "gm"))]
  .filter(([, own]) => own.includes(labels)).reduce((total, [, , value]) => total + Number(value), 0);

/** The bound below which `share` of the durations lie, seconds. */
function quantile(metrics, share) {
  const buckets = new Map();
  for (const [, bound, value] of metrics.matchAll(/^cascade_decision_duration_seconds_bucket\{[^}\n]*le="([^"]+)"[^}\n]*\} (\S+)$/gm)) {
    buckets.set(bound, (buckets.get(bound) ?? 0) + Number(value));
  }
  const all = buckets.get("+Inf") ?? 0;
  const found = [...buckets].filter(([bound]) => bound !== "+Inf").sort(([a], [b]) => a - b).find(([, value]) => value >= share * all);
  return all && found ? Number(found[0]) : null;
}

let before;
async function look() {
  const [metrics, status, awareness, records] = await Promise.all([
    ask("/metrics"), ask("/v1/rulebook"), ask("/v1/awareness").catch(() => null), ask("/health/ready").catch((problem) => problem),
  ]);
  const total = sum(metrics, "cascade_decisions_total");
  const failed = total - sum(metrics, "cascade_decisions_total", 'outcome="ok"');
  const now = performance.now();
  if (before && now - before.now > 500) {
    state.rates.push(Math.max(0, (total - before.total) / ((now - before.now) / 1000)));
    if (state.rates.length > 60) state.rates.shift();
  }
  before = { total, now };
  const rate = state.rates.at(-1);
  const late = quantile(metrics, 0.99);
  const tile = (title, figure, small, drawing, kind = "") => el("div", { class: "tile" }, el("h2", {}, title),
    el("div", { class: `figure ${kind}` }, figure), drawing ?? el("small", { class: "soft" }, small));
  fill("tiles",
    tile("Decisions a second", rate === undefined ? "–" : rate < 10 ? rate.toFixed(1) : count(Math.round(rate)), "", spark(state.rates)),
    tile("99 of 100 within", late === null ? "–" : duration(late * 1e9), "since the start"),
    tile("Refused or failed", total ? `${((100 * failed) / total).toFixed(1)} %` : "–", `${count(failed)} of ${count(total)} since the start`),
    tile("Generation", String(status.generation), el("span", {}, "decides since ", time(status.activated_milliseconds))),
    tile("Stream", state.lag ? `${count(state.lag)} behind` : "no lag", "how far this page is behind", undefined, "small"),
    tile("Knows itself", typeof awareness?.awareness === "number" ? awareness.awareness.toFixed(2) : "–",
      el("a", { href: "/console/self" }, awareness?.mood ? awareness.mood.replaceAll("_", " ") : "no figure yet")));
  state.status = status;
  state.health = records;
  showAlarms();
}

function showAlarms() {
  const list = [];
  const reload = state.status?.last_reload;
  if (reload && !reload.successful) {
    list.push(note("bad", el("p", {}, el("strong", {}, "The last change of the rules was refused. "),
      `Generation ${state.status.generation} decides on. `, el("a", { href: "/console/rules" }, "Open the rules")),
    el("ul", {}, reload.problems.slice(0, 5).map((problem) => el("li", {}, problem.message)))));
  }
  if (state.health instanceof Error) list.push(note("bad", el("strong", {}, "Not ready: "), state.health.message));
  for (const alarm of state.alarms) {
    list.push(note("warn", time(alarm.time), " ", ALARMS[alarm.name](alarm.data)));
  }
  fill("alarms", list.length ? el("div", { class: "stack" }, list) : el("p", { class: "good" }, "✓ Nothing needs attention."));
}

page({
  name: "now",
  keys: [["p", "pause and go on", () => at("pause").click()]],
  list: () => list,
  async start() {
    at("filter").value = address.get("filter");
    at("refused").checked = address.get("refused") === "true";
    const redo = later(250, () => attempt(again));
    at("filter").addEventListener("input", redo);
    at("refused").addEventListener("change", redo);
    at("pause").addEventListener("click", () => {
      state.isPaused = !state.isPaused;
      at("pause").setAttribute("aria-pressed", String(state.isPaused));
      at("pause").textContent = state.isPaused ? "Go on" : "Pause";
      flush();
    });
    await Promise.all([again(), look()]);
    setInterval(flush, 400);
    setInterval(() => { if (!document.hidden) look().catch((problem) => { if (problem.status !== 401) sayProblem(problem); }); }, LOOK);
    const { decisions } = await ask("/v1/decisions");
    fill("points", decisions.map((decision) => el("option", { value: decision.name })));
  },
});
