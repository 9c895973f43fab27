// The workshop of a rule's author: files, editor, what is wrong, whom the draft would have touched, saving.
import { ask, askIfThere } from "./api.js";
import { archive } from "./archive.js";
import { address, at, brief, el, empty, fill, later, note, pill, shortDigest } from "./dom.js";
import { schemaTables, tablesOf } from "./completion.js";
import { confirmed, download, show } from "./dialog.js";
import { Editor } from "./editor.js";
import { chooser, runAgain } from "./impact.js";
import { attempt, page, say, sayProblem } from "./shell.js";
import { table } from "./table.js";

/** Pauses in typing, milliseconds, after which the draft is checked. */
const PAUSE = 350;

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
  download("cascade-draft.tar", archive(allFiles()));
  show("To propose it", el("div", { class: "stack" }, el("p", {}, "Unpack the draft, write its proposal, and sign it offline, on your own machine; CURRENT is the directory of the rules in force:"),
    el("pre", { class: "json", tabindex: "0" }, [
      "mkdir draft && tar -xf cascade-draft.tar -C draft",
      'cascade governance propose --candidate draft --title "What it is about"',
      "cascade governance sign proposal.json --key KEY --root ROOT --current CURRENT --candidate draft",
      "cascade governance submit proposal.json --candidate draft",
    ].join("\n"))));
}

// Impact

const impactIntro = () => chooser("Run them again by the draft", (limit) => attempt(() => backtest(limit)));

async function backtest(limit) {
  if (!changes().length) return fill("impact", impactIntro(), el("p", { class: "soft" }, "Change something first."));
  return runAgain("impact", impactIntro, { candidate: { files: allFiles() }, limit, subjects: true }, openFile);
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
      words: () => ({ tables: { ...tablesOf(text(state.path), allFiles()), ...schemaTables(state.decisions, state.path) }, names: [...new Set(text(state.path).match(/\b[a-z_]\w{3,}\b/gi) ?? [])] }),
    });
    fill("impact", impactIntro());
    fill("specs", specsIntro());
    window.addEventListener("beforeunload", (event) => { if (changes().length) event.preventDefault(); });
    await load();
    if (!Object.keys(state.files).length) fill("files", empty("No rules yet.", "cascade new makes a first plugin."));
  },
});
