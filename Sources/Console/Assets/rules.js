// The workshop of a rule's author: files, editor, what is wrong, whom the draft would have touched, saving.
import { ask, askIfThere, Problem } from "./api.js";
import { address, amountText, at, brief, count, delta, el, empty, facts, fill, later, note, pill, shortDigest } from "./dom.js";
import { confirmed, download, show } from "./dialog.js";
import { Editor, schemaTables, tablesOf } from "./editor.js";
import { attempt, page, say, sayProblem } from "./shell.js";
import { table } from "./table.js";

/** Pauses in typing, milliseconds, after which the draft is checked; records that a backtest looks at. */
const PAUSE = 350;
const RECORDS = [1_000, 10_000, 100_000];

const state = {
  base: "", files: {}, draft: new Map(), documents: new Map(), path: "", check: null, problems: [], decisions: [],
  governed: false, isSaving: false, turn: 0,
};
let editor;

const text = (path) => state.draft.get(path) ?? state.files[path] ?? "";
const isChanged = (path) => state.draft.has(path) && state.draft.get(path) !== (state.files[path] ?? null);
const changes = () => [...state.draft.keys()].filter(isChanged).sort();
const changedFiles = () => Object.fromEntries(changes().map((path) => [path, state.draft.get(path)]));
const allFiles = () => {
  const all = { ...state.files };
  for (const [path, content] of Object.entries(changedFiles())) if (content === null) delete all[path]; else all[path] = content;
  return all;
};

// Files

const GROUPS = [["Policies: the numbers", (path) => path.startsWith("policies/")],
  ["Rules", (path) => path.startsWith("plugins/") && !path.includes("/spec/")],
  ["Specs", (path) => path.includes("/spec/")]];

function showFiles() {
  const paths = [...new Set([...Object.keys(state.files), ...state.draft.keys()])].sort();
  const wrong = new Set(state.problems.map((problem) => problem.file));
  fill("files", GROUPS.map(([title, fits]) => [el("h2", {}, title), paths.filter(fits).map((path) => el("button", {
    type: "button", "aria-current": path === state.path ? "true" : undefined, onclick: () => openFile(path),
  }, path.replace(/^(policies|plugins)\//, ""), wrong.has(path) ? el("span", { class: "mark bad" }, "! problem")
    : isChanged(path) ? el("span", { class: "mark info" }, "● changed") : null))]));
}

function openFile(path, line) {
  if (state.files[path] === undefined && !state.draft.has(path)) return;
  state.path = path;
  address.set({ file: path, line: line ?? "" });
  if (!state.documents.has(path)) state.documents.set(path, Editor.document(text(path)));
  editor.open(state.documents.get(path));
  at("file-title").textContent = path;
  showFiles();
  showProblems();
  fileTools();
  if (line) editor.goTo(Number(line));
}

function fileTools() {
  fill("file-tools", isChanged(state.path) ? el("button", { type: "button", class: "quiet", onclick: () => undo(state.path) }, "Undo all changes of this file") : null);
}

function undo(path) {
  state.draft.delete(path);
  state.documents.set(path, Editor.document(text(path)));
  openFile(path);
  changed();
}

// Checking

function status(sign, words, kind) {
  const made = el("span", { id: "checked", role: "status", tabindex: "-1", class: `pill ${kind}` }, `${sign} ${words}`);
  at("checked").replaceWith(made);
}

const changed = () => {
  state.check = null;
  status("…", "checking", "");
  showDraft();
  fileTools();
  fill("impact", impactIntro());
  checkSoon();
};

async function check(specs = false) {
  const turn = ++state.turn;
  try {
    const answer = await ask("/v1/rulebook/checks", { json: { files: changedFiles(), specs } });
    if (turn !== state.turn) return null;
    state.check = answer;
    state.problems = [...answer.problems, ...answer.doubts.map((doubt) => ({ ...doubt, isDoubt: true }))];
  } catch (problem) {
    if (turn !== state.turn || problem.status === 401) return null;
    // A name or a size that can't be a rulebook's is told by file, too.
    state.problems = problem.errors?.length ? problem.errors : [{ message: problem.message }];
    state.check = { ok: false, problems: state.problems, doubts: [], numbers: [] };
  }
  showFiles();
  showProblems();
  showDraft();
  const wrong = state.check.problems.length;
  if (wrong) status("!", wrong === 1 ? "1 problem" : `${wrong} problems`, "bad");
  else if (state.check.doubts.length) status("?", `loads, ${state.check.doubts.length} doubtful`, "warn");
  else status("✓", "loads", "good");
  return state.check;
}
const checkSoon = later(PAUSE, () => attempt(() => check()));

function showProblems() {
  editor?.mark(state.problems.filter((problem) => problem.file === state.path && problem.line));
  fill("problems", state.problems.slice(0, 30).map((problem) => el("li", { class: problem.isDoubt ? "doubt" : "" },
    problem.file ? [el("button", { type: "button", onclick: () => openFile(problem.file, problem.line) }, `${problem.file}${problem.line ? `:${problem.line}` : ""}`), " "] : null,
    problem.message.replace(`${problem.file}:${problem.line}: `, ""))));
}

// The draft

function showDraft() {
  const paths = changes();
  const numbers = state.check?.numbers ?? [];
  const isFine = paths.length > 0 && state.check?.ok;
  fill("draft",
    paths.length === 0 ? el("p", { class: "soft" }, "Nothing is changed. Pick a file, edit it, and see here what it means.") : el("p", {}, paths.length === 1 ? "1 file is changed." : `${paths.length} files are changed.`),
    numbers.length ? table({
      caption: "Numbers that change", rows: numbers, columns: [
        { title: "Number", cell: (row) => el("code", {}, row.name) }, { title: "Old", number: true, cell: (row) => brief(row.old) },
        { title: "New", number: true, cell: (row) => el("strong", {}, brief(row.new)) },
      ],
    }) : null,
    state.governed ? note("", "Governance is in force: only what enough holders of keys signed decides. Download the draft, propose and sign it offline.") : null,
    el("div", { class: "row" },
      state.governed
        ? el("button", { type: "button", class: "primary", disabled: !isFine, onclick: () => proposal() }, "Download as a proposal")
        : el("button", { type: "button", class: "primary", id: "save", disabled: !isFine || state.isSaving, onclick: () => attempt(save) }, state.isSaving ? "Activating…" : "Save and activate"),
      el("button", { type: "button", disabled: !paths.length, onclick: () => attempt(discard) }, "Discard")),
    el("p", { class: "soft" }, "Made on ", el("code", {}, shortDigest(state.base))));
}

async function save() {
  const numbers = state.check?.numbers ?? [];
  const what = el("div", { class: "stack" }, el("p", {}, "The files are written, specs run once more, and every later decision is made by them."),
    numbers.length ? el("ul", {}, numbers.map((row) => el("li", {}, el("code", {}, row.name), `: ${brief(row.old)} → ${brief(row.new)}`))) : null);
  if (!(await confirmed("Save and activate?", what, "Activate"))) return;
  state.isSaving = true;
  showDraft();
  try {
    const status = await ask("/v1/rulebook", { json: { files: changedFiles(), base: state.base } });
    await load();
    fill("message", note("good", el("strong", {}, `Generation ${status.generation} decides. `), "Roll back under ", el("a", { href: "/console/changes" }, "Changes"), ", or see its first decisions ", el("a", { href: "/console" }, "now"), "."));
    fill("impact", impactIntro());
    fill("specs", specsIntro());
  } catch (problem) {
    if (problem.code === "conflict") say(`Somebody changed the rules meanwhile: ${problem.message}`);
    else if (problem.code === "rulebook_read_only") say(`This host may not write its rules: ${problem.message}. Download the draft instead.`);
    else if (problem.code === "unsigned") { state.governed = true; say(problem.message); } else sayProblem(problem);
    if (problem.errors?.length) { state.problems = problem.errors; showFiles(); showProblems(); }
  } finally {
    state.isSaving = false;
    showDraft();
  }
}

async function discard() {
  if (!(await confirmed("Discard the draft?", "All changes that aren't saved are gone.", "Discard", "danger"))) return;
  await load();
  fill("impact", impactIntro());
  say("");
}

function proposal() {
  download("cascade-draft.json", JSON.stringify({ base: state.base, files: allFiles() }, null, 1));
  show("To propose it", el("div", { class: "stack" }, el("p", {}, "Write the files of the download into a directory, then sign offline, on your own machine:"),
    el("pre", { class: "json", tabindex: "0" }, "cascade governance propose --candidate DIR\ncascade governance sign PROPOSAL\ncascade governance submit PROPOSAL")));
}

// Impact

const impactIntro = () => {
  const limit = el("select", { id: "limit", "aria-label": "How many decisions" }, RECORDS.map((number) => el("option", { value: number, selected: number === 10_000 }, `last ${count(number)}`)));
  return el("div", { class: "row" }, limit, el("button", { type: "button", id: "backtest", onclick: () => attempt(() => backtest(Number(limit.value))) }, "Run them again by the draft"));
};

async function backtest(limit) {
  if (!changes().length) return fill("impact", impactIntro(), el("p", { class: "soft" }, "Change something first."));
  const began = performance.now();
  fill("impact", impactIntro(), el("p", { role: "status" }, "Running the recorded decisions again…"));
  let report;
  try {
    // One at a time: the one before is of no use any more.
    if (state.backtest) await ask(`/v1/backtests/${encodeURIComponent(state.backtest)}`, { method: "DELETE" }).catch(() => null);
    const begun = await ask("/v1/backtests", { json: { candidate: { files: allFiles() }, limit, subjects: true } });
    state.backtest = begun.id;
    report = await reportOf(begun, (done) => {
      fill("impact", impactIntro(), el("p", { role: "status" }, done));
    });
  } catch (problem) {
    const isMissing = problem instanceof Problem && (problem.status === 404 || problem.status === 405);
    return fill("impact", impactIntro(), isMissing ? note("warn", "This host doesn't offer backtests here. On its machine: ", el("code", {}, "cascade backtest --candidate DIR"))
      : note("bad", el("p", {}, problem.message), (problem.errors ?? []).map((error) => el("p", {}, error.message))));
  }
  return fill("impact", impactIntro(), impact(report, (performance.now() - began) / 1000));
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

function impact(report, seconds) {
  const { coverage, classes } = report;
  const touched = Object.entries(classes).filter(([name]) => !["same", "cost_only", "unreplayable", "unknown"].includes(name)).reduce((sum, [, number]) => sum + Number(number), 0);
  const total = Math.max(1, Object.values(classes).reduce((sum, number) => sum + Number(number), 0));
  return el("div", { class: "stack", id: "report" },
    el("p", {}, el("strong", {}, `${count(touched)} of ${count(coverage.selected ?? total)} decisions`), ` would have come out otherwise, for ${count(report.subjects?.affected ?? 0)} citizens.`),
    el("div", { class: "classes" }, Object.entries(classes).filter(([, number]) => Number(number) > 0).sort(([, a], [, b]) => Number(b) - Number(a)).map(([name, number]) => el("div", { class: "bar" },
      el("span", { class: GRAVE.has(name) ? "bad" : "" }, `${GRAVE.has(name) ? "! " : ""}${CLASSES[name] ?? name}`),
      el("span", { class: "meter", "aria-hidden": "true" }, el("i", { style: { width: `${(100 * Number(number)) / total}%` } })), el("span", { class: "number" }, count(number))))),
    money(report), fields(report), clusters(report),
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

function clusters(report) {
  if (!report.clusters?.length) return null;
  return el("div", { class: "stack" }, el("h3", {}, "Where the two runs part"), report.clusters.slice(0, 6).map((cluster) => el("div", {},
    cluster.file ? el("button", { type: "button", class: "quiet", onclick: () => openFile(cluster.file, cluster.line) }, `${cluster.file}:${cluster.line}`) : el("span", {}, cluster.point),
    ` ${count(cluster.flips)} × ${CLASSES[cluster.class] ?? cluster.class}`,
    (cluster.examples ?? []).slice(0, 1).map((example) => el("details", {}, el("summary", {}, "An example"), facts([
      ["Decision", el("a", { href: `/console/decision?id=${encodeURIComponent(example.record)}` }, example.record)], ["Input", brief(example.input)], ["Before", brief(example.before)], ["After", brief(example.after)],
    ]))))));
}

// Specs

const specsIntro = () => el("div", { class: "row" }, el("button", { type: "button", id: "run-specs", onclick: () => attempt(runSpecs) }, "Run the specs on the draft"));

async function runSpecs() {
  fill("specs", specsIntro(), el("p", { role: "status" }, "Running…"));
  const answer = await check(true);
  const run = answer?.specs;
  if (!run) return fill("specs", specsIntro(), note("bad", "The draft doesn't load, so nothing ran."));
  const failed = run.specs.filter((spec) => spec.status === "failed");
  return fill("specs", specsIntro(), run.failed || run.errors.length ? pill(`${run.failed} of ${run.passed + run.failed} failed`, "bad", "!") : pill(`all ${run.passed} passed`, "good", "✓"),
    el("ul", { class: "problems" }, [...run.errors, ...failed.slice(0, 20)].map((spec) => el("li", {}, typeof spec === "string" ? spec : [
      el("button", { type: "button", onclick: () => openFile(spec.file, /:(\d+):/.exec(spec.message ?? "")?.[1]) }, [...spec.path, spec.name].join(" ")), el("pre", {}, spec.message ?? "")]))));
}

// The page

async function load() {
  const [book, governance, decisions] = await Promise.all([ask("/v1/rulebook/files"), askIfThere("/v1/governance"), ask("/v1/decisions")]);
  Object.assign(state, { base: book.digest, files: book.files, draft: new Map(), documents: new Map(), check: null, problems: [], governed: governance?.governed ?? false, decisions: decisions.decisions });
  const wanted = address.get("file");
  showDraft();
  openFile(state.files[state.path] !== undefined ? state.path : state.files[wanted] !== undefined ? wanted : Object.keys(state.files).find((path) => path === "policies/fees.lua") ?? Object.keys(state.files).sort()[0], address.get("line"));
  status("✓", "as it decides", "good");
}

page({
  name: "rules",
  keys: [["i", "go into the editor", () => editor.mirror.focus()], ["b", "backtest the draft", () => at("backtest")?.click()],
    ["w", "save and activate", () => at("save")?.click()], ["v", "run the specs", () => at("run-specs")?.click()]],
  async start() {
    editor = new Editor(at("editor"), {
      label: "The file's text. Escape leaves the editor.",
      changed: (content) => { state.draft.set(state.path, content); changed(); },
      words: () => ({ tables: { ...tablesOf(text(state.path), allFiles()), ...schemaTables(state.decisions) }, names: [...new Set(text(state.path).match(/\b[a-z_]\w{3,}\b/gi) ?? [])] }),
    });
    fill("impact", impactIntro());
    fill("specs", specsIntro());
    window.addEventListener("beforeunload", (event) => { if (changes().length) event.preventDefault(); });
    await load();
    if (!Object.keys(state.files).length) fill("files", empty("No rules yet.", "cascade new makes a first plugin."));
  },
});
