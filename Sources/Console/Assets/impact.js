// Recorded decisions run again by other rules: whom that would have touched, what money would have moved, which line
// does it.
import { ask, Problem } from "./api.js";
import { amountText, brief, count, delta, el, facts, fill, note } from "./dom.js";
import { table } from "./table.js";

/** Records that a backtest looks at. */
const RECORDS = [1_000, 10_000, 100_000];

/** The last backtest that this page began. */
let last;

/** A choice of how many decisions, and the button that runs them again: `run(limit)`. */
export function chooser(title, run) {
  const limit = el("select", { id: "limit", "aria-label": "How many decisions" }, RECORDS.map((number) => el("option", { value: number, selected: number === 10_000 }, `last ${count(number)}`)));
  return el("div", { class: "row" }, limit, el("button", { type: "button", id: "backtest", onclick: () => run(Number(limit.value)) }, title));
}

/** Runs `order`, the body of `POST /v1/backtests`, and fills `place` with its report, below what `intro()` makes. */
export async function runAgain(place, intro, order, open) {
  const began = performance.now();
  fill(place, intro(), el("p", { role: "status" }, "Running the recorded decisions again…"));
  let report;
  try {
    // One at a time: the one before is of no use any more.
    if (last) await ask(`/v1/backtests/${encodeURIComponent(last)}`, { method: "DELETE" }).catch(() => null);
    const begun = await ask("/v1/backtests", { json: order });
    last = begun.id;
    report = await reportOf(begun, (done) => {
      fill(place, intro(), el("p", { role: "status" }, done));
    });
  } catch (problem) {
    const isMissing = problem instanceof Problem && (problem.status === 404 || problem.status === 405);
    return fill(place, intro(), isMissing ? note("warn", "This host doesn't offer backtests here. On its machine: ", el("code", {}, "cascade backtest --candidate DIR"))
      : note("bad", el("p", {}, problem.message), (problem.errors ?? []).map((error) => el("p", {}, error.message))));
  }
  return fill(place, intro(), impact(report, (performance.now() - began) / 1000, open));
}

/** Waits for the report of a backtest that was accepted. */
async function reportOf(accepted, told) {
  for (;;) {
    const now = await ask(`/v1/backtests/${encodeURIComponent(accepted.id)}`);
    if (now.report) return now.report;
    if (now.state !== "running") throw new Problem(422, { detail: now.problem ?? "another backtest took this one's place" });
    told(`${count(now.compared)} decisions run again…`);
    await new Promise((resolve) => setTimeout(resolve, 120));
  }
}

const CLASSES = {
  same: "same", cost_only: "same, other cost", changed: "other result", loosened: "now answered", tightened: "now refused",
  reason_changed: "other reason", effects_changed: "moves other money", now_fails: "now fails", no_longer_fails: "fails no more",
  schema_gone: "not offered", unknown: "unknown", unreplayable: "can't be run",
};
const GRAVE = new Set(["now_fails", "tightened", "schema_gone"]);

/** The report, for people; `open(file, line)` shows a line of a rule. */
function impact(report, seconds, open) {
  const { coverage, classes } = report;
  const touched = Object.entries(classes).filter(([name]) => !["same", "cost_only", "unreplayable", "unknown"].includes(name)).reduce((sum, [, number]) => sum + Number(number), 0);
  const total = Math.max(1, Object.values(classes).reduce((sum, number) => sum + Number(number), 0));
  return el("div", { class: "stack", id: "report" },
    el("p", {}, el("strong", {}, `${count(touched)} of ${count(coverage.selected ?? total)} decisions`), ` would have come out otherwise, for ${count(report.subjects?.affected ?? 0)} citizens.`),
    el("div", { class: "classes" }, Object.entries(classes).filter(([, number]) => Number(number) > 0).sort(([, a], [, b]) => Number(b) - Number(a)).map(([name, number]) => el("div", { class: "bar" },
      el("span", { class: GRAVE.has(name) ? "bad" : "" }, `${GRAVE.has(name) ? "! " : ""}${CLASSES[name] ?? name}`),
      el("span", { class: "meter", "aria-hidden": "true" }, el("i", { style: { width: `${(100 * Number(number)) / total}%` } })), el("span", { class: "number" }, count(number))))),
    money(report), fields(report), clusters(report, open),
    el("p", { class: "soft" }, `${count(coverage.replayed ?? 0)} run again exactly, ${count(coverage.unreplayable ?? 0)} could not be, ${count(coverage.unknown ?? 0)} asked the host for something new; ${seconds.toFixed(1)} s.`));
}

function money(report) {
  const rows = (report.money ?? []).filter((row) => BigInt(row.delta) !== 0n).slice(0, 12);
  if (!rows.length) return report.money?.length ? el("p", { class: "soft" }, "The same money would have moved.") : null;
  return table({
    caption: "Money that would have moved otherwise", rows, columns: [
      { title: "From → to", cell: (row) => [`${row.from} → ${row.to}`, el("br"), el("small", { class: "soft" }, `${amountText(row.before, row.asset)} → ${amountText(row.after, row.asset)}`)] },
      { title: "Difference", number: true, cell: (row) => el("strong", {}, delta(row.delta, row.asset)) },
    ],
  });
}

function fields(report) {
  const rows = (report.fields ?? []).filter((row) => row.sum_delta !== undefined && row.sum_delta !== null).slice(0, 8);
  if (!rows.length) return null;
  return table({
    caption: "Fields of the results, summed up; amounts in minor units", rows, columns: [
      { title: "Field", cell: (row) => [el("code", {}, `${row.point} ${row.path}`), el("br"), el("small", { class: "soft" }, `${count(row.flips)} changed, ${row.sum_before} → ${row.sum_after}`)] },
      { title: "Difference", number: true, cell: (row) => el("strong", {}, `${Number(row.sum_delta) > 0 ? "+" : ""}${row.sum_delta}`) },
    ],
  });
}

function clusters(report, open) {
  if (!report.clusters?.length) return null;
  return el("div", { class: "stack" }, el("h3", {}, "Where the two runs part"), report.clusters.slice(0, 6).map((cluster) => el("div", {},
    cluster.file ? el("button", { type: "button", class: "quiet", onclick: () => open(cluster.file, cluster.line) }, `${cluster.file}:${cluster.line}`) : el("span", {}, cluster.point),
    ` ${count(cluster.flips)} × ${CLASSES[cluster.class] ?? cluster.class}`,
    (cluster.examples ?? []).slice(0, 1).map((example) => el("details", {}, el("summary", {}, "An example"), facts([
      ["Decision", el("a", { href: `/console/decision?id=${encodeURIComponent(example.record)}` }, example.record)], ["Input", brief(example.input)], ["Before", brief(example.before)], ["After", brief(example.after)],
    ]))))));
}
