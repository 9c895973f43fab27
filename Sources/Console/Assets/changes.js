// The rulebooks that decided, what differs between two, who did it, and the way back.
import { ask, askIfThere, query } from "./api.js";
import { address, at, brief, el, empty, fill, note, pill, shortDigest, time } from "./dom.js";
import { confirmed, copy } from "./dialog.js";
import { difference } from "./diff.js";
import { chooser, runAgain } from "./impact.js";
import { attempt, page } from "./shell.js";
import { table } from "./table.js";

let generations = [];
let governed = false;

const digestOf = (number) => generations.find((one) => String(one.generation) === String(number))?.digest ?? (String(number).startsWith("sha256:") ? number : null);

async function load() {
  const [list, governance, audit] = await Promise.all([ask("/v1/rulebook/generations"), askIfThere("/v1/governance"), ask("/v1/audit").catch(() => ({ acts: [] }))]);
  generations = list.generations;
  governed = governance?.governed ?? false;
  showGenerations(audit.acts);
  showActs(audit.acts);
  if (governed) showProposals(governance);
  const to = address.get("to") || String(generations[0]?.generation ?? "");
  const from = address.get("from") || String(generations[1]?.generation ?? "");
  await compare(from, to);
}

/** The act that made a generation: the last successful one just before it. */
const actOf = (one, acts) => acts.find((act) => ["reloadRulebook", "rollBackRulebook"].includes(act.what) && act.outcome === "done" && Math.abs(act.at - one.activated_milliseconds) < 5_000);

function showGenerations(acts) {
  fill("tools", el("button", { type: "button", class: "danger", id: "rollback", disabled: governed || generations.length < 2, onclick: () => attempt(rollBack) }, "Roll back"));
  fill("generations", table({
    caption: "Open one to see what it changed", rows: generations, open: (one) => attempt(() => compare(String(generations[generations.indexOf(one) + 1]?.generation ?? ""), String(one.generation))), columns: [
      { title: "Generation", cell: (one) => [String(one.generation), one === generations[0] ? [" ", pill("decides", "good", "✓")] : null] },
      { title: "Since", cell: (one) => time(one.activated_milliseconds) }, { title: "By", cell: (one) => { const act = actOf(one, acts); return act ? `${act.subject || act.who} (${act.what === "rollBackRulebook" ? "rollback" : "reload"})` : "at start, or by changed files"; } },
      { title: "Rulebook", cell: (one) => el("code", {}, shortDigest(one.digest)) },
    ],
  }));
}

async function rollBack() {
  const [now, before] = generations;
  if (!before || !(await confirmed(`Roll back to generation ${before.generation}?`, `Its rulebook decides under a new number; generation ${now.generation} is set aside until the files change.`, "Roll back", "danger"))) return;
  const status = await ask("/v1/rulebook/rollback", { method: "POST" });
  address.set({ from: "", to: "" });
  await load();
  fill("message", note("good", el("strong", {}, `Generation ${status.generation} decides.`)));
}

function choose(id, label, value) {
  return el("label", { class: "field" }, label, el("select", { id, onchange: () => attempt(() => compare(at("from").value, at("to").value)) },
    [el("option", { value: "" }, "nothing"), generations.map((one) => el("option", { value: one.generation, selected: String(one.generation) === value }, `Generation ${one.generation}`)),
      String(value).startsWith("sha256:") ? el("option", { value, selected: true }, shortDigest(value)) : null]));
}

async function compare(from, to) {
  address.set({ from, to });
  fill("compared", choose("from", "From", from), choose("to", "To", to));
  showImpact(to);
  const digests = [digestOf(from), digestOf(to)];
  if (!digests[1] || !digests[0]) {
    return fill("difference", empty("There is one rulebook to look at.", "What differs shows here when a second one decided: change a number under Rules."));
  }
  const [before, after] = await Promise.all(digests.map((digest) => ask(query("/v1/rulebook/files", { digest }))));
  const paths = [...new Set([...Object.keys(before.files), ...Object.keys(after.files)])].sort().filter((path) => before.files[path] !== after.files[path]);
  if (!paths.length) return fill("difference", empty("They are the same, file by file."));
  // What the older rulebook would change in the one that decides, turned round, gives the numbers.
  const numbers = await numbersOf(before, after, paths);
  return fill("difference", numbers.length ? table({
    caption: "Numbers that changed", rows: numbers, columns: [
      { title: "Number", cell: (row) => el("code", {}, row.name) }, { title: "Old", number: true, cell: (row) => brief(row.old) }, { title: "New", number: true, cell: (row) => el("strong", {}, brief(row.new)) },
      { title: "History", cell: (row) => el("button", { type: "button", class: "quiet", onclick: () => copy("The history of this number", `cascade governance log --number ${row.name}`) }, "of this number") },
    ],
  }) : null, paths.map((path) => difference(path, before.files[path], after.files[path])));
}

async function numbersOf(before, after, paths) {
  const current = generations[0]?.digest;
  if (after.digest !== current && before.digest !== current) return [];
  const other = after.digest === current ? before : after;
  const files = Object.fromEntries(paths.map((path) => [path, other.files[path] ?? null]));
  const { numbers } = await ask("/v1/rulebook/checks", { json: { files } }).catch(() => ({ numbers: [] }));
  return after.digest === current ? numbers.map((row) => ({ name: row.name, old: row.new, new: row.old })) : numbers;
}

/** The decisions that others made before it, run again by the generation or digest `to`. */
function showImpact(to) {
  const digest = digestOf(to);
  if (!digest) return fill("impact", empty("Choose a generation.", "Whom it touched shows here."));
  const chosen = generations.find((one) => String(one.generation) === to);
  const name = chosen ? `generation ${chosen.generation}` : shortDigest(digest);
  const intro = () => chooser(`Run the decisions before it again by ${name}`, (limit) => attempt(() => runAgain(
    "impact", intro, { candidate: { generation: digest }, until: chosen?.activated_milliseconds, limit, subjects: true },
    (file, line) => location.assign(query("/console/rules", { file, line })))));
  return fill("impact", intro());
}

// Governance and acts

const remaining = (seconds) => (seconds === undefined ? "–" : seconds > 5_400 ? `${Math.round(seconds / 3_600)} h` : `${Math.ceil(seconds / 60)} min`);

function showProposals(governance) {
  at("governed").hidden = false;
  const open = governance.proposals ?? [];
  fill("proposals", open.length ? table({
    caption: "Open proposals", rows: open, columns: [
      { title: "Title", cell: (one) => one.title }, { title: "State", cell: (one) => pill(one.state, one.state === "ready" ? "good" : "info") }, { title: "Class", cell: (one) => one.class },
      { title: "Signed by", cell: (one) => (one.signed_by ?? []).join(", ") || "nobody yet" }, { title: "Ready in", number: true, cell: (one) => remaining(one.remaining_seconds) },
    ],
  }) : empty("No proposal is open.", "Make a draft under Rules and download it as one."),
  governance.finished?.length ? table({ caption: "The last that ended", rows: governance.finished.slice(0, 10), columns: [{ title: "Title", cell: (one) => one.title }, { title: "State", cell: (one) => one.state }, { title: "When", cell: (one) => one.time }] }) : null);
}

function showActs(acts) {
  fill("acts", acts.length ? table({
    caption: "What operators did, the latest first", rows: acts.slice(0, 40), columns: [
      { title: "When", cell: (act) => time(act.at) }, { title: "What", cell: (act) => act.what }, { title: "Who", cell: (act) => act.subject || act.who }, { title: "From", cell: (act) => act.from },
      { title: "Outcome", cell: (act) => (act.outcome === "done" ? pill("done", "good", "✓") : pill(act.outcome, "bad", "!")) },
    ],
  }) : empty("No operator did anything yet."));
}

page({ name: "changes", keys: [["u", "roll back", () => at("rollback")?.click()]], start: load });
