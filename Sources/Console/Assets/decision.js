// One record as a story: input, lines, the host's answers, the result, what it cost and moved.
import { ask, askIfThere, parse, print, query } from "./api.js";
import { address, amount, at, brief, count, delta, duration, el, empty, facts, fill, isAmount, note, pill, shortDigest, time } from "./dom.js";
import { copy } from "./dialog.js";
import { outcome } from "./outcome.js";
import { attempt, page, say } from "./shell.js";
import { table } from "./table.js";

let record;
let schema;

const json = (value) => el("pre", { class: "json", tabindex: "0" }, print(value, 2));
const explanation = (view) => askIfThere(`/v1/records/${encodeURIComponent(record.id)}/explanation?as=${view}`);

/** A value in words where it is short, else as JSON. */
const shown = (value) => (isAmount(value) ? amount(value.minor, value.asset)
  : value !== null && typeof value === "object" ? json(value) : el("code", {}, print(value)));

const members = (value) => (value !== null && typeof value === "object" && !Array.isArray(value) && !isAmount(value)
  ? facts(Object.entries(value).map(([name, item]) => [name, shown(item)])) : shown(value));

const step = (sign, title, ...body) => el("li", {}, el("span", { class: "step", "aria-hidden": "true" }, sign),
  el("div", { class: "body" }, el("h3", {}, title), body));

async function show(id) {
  record = await ask(`/v1/records/${encodeURIComponent(id)}`);
  address.set({ id });
  at("id").value = id;
  at("recent").hidden = true;
  at("story").hidden = false;
  document.title = `${record.point} · Cascade`;
  const [why, decision] = await Promise.all([
    explanation("why").catch((problem) => problem), askIfThere(`/v1/decisions/${encodeURIComponent(record.point)}`),
  ]);
  schema = decision;
  fill("tools-top", outcome(record),
    el("button", { type: "button", onclick: () => copy("As a spec", asSpec()) }, "Copy as a spec"),
    el("button", { type: "button", onclick: () => attempt(async () => copy("As a request", await asCurl())) }, "Copy as curl"));
  story(why instanceof Error ? null : why);
  verdict(why);
  whatIf();
  // A few explanations are made at a time, so one after the other.
  fill("counter", el("p", { class: "soft" }, "Trying other inputs…"));
  const shown = record.id;
  const lines = await explanation("lines").catch(() => null);
  if (record.id === shown) fill("lines", source(lines));
  const counter = await explanation("counter").catch(() => null);
  if (record.id === shown) counterfactuals(counter);
}

function story(why) {
  const asked = record.requester === "demo" ? "a sample citizen of the demonstration" : record.requester || "somebody without a name";
  fill("steps",
    step("1", "What was asked", el("p", {}, el("code", {}, record.point), schema ? `: ${schema.summary}` : ""),
      el("p", { class: "soft" }, "By ", asked, ", ", time(record.time), record.subject ? `, about ${record.subject}` : ""),
      members(record.input)),
    step("2", "Which lines decided", reasons(why), el("div", { id: "lines" })),
    step("3", "What the host answered", record.calls?.length ? el("ol", {}, record.calls.map((call) => el("li", {},
      el("code", {}, `${call.call}(${(call.arguments ?? []).map((value) => print(value)).join(", ")})`), " → ",
      call.error ? el("span", { class: "bad" }, call.error.message) : brief(call.answer)))) : el("p", { class: "soft" }, "The rule asked the host for nothing.")),
    step("4", record.error ? "Why there is no result" : "The result", record.error
      ? note(record.error.code === "refused" ? "warn" : "bad", el("strong", {}, record.error.reason || record.error.code), ": ", record.error.message,
        record.error.file ? el("p", {}, ruleLink(record.error.file, record.error.line)) : null)
      : members(record.result)),
    step("5", "What it cost and moved", el("div", { id: "moved" }), facts([
      ["Fuel", `${count(record.fuel ?? 0)} units`], ["Time", duration(record.nanoseconds ?? 0)],
      ["Generation", `${record.generation}`], ["Rulebook", el("a", { href: `/console/changes?to=${encodeURIComponent(record.digest)}` }, shortDigest(record.digest))],
    ])));
  attempt(moved);
}

const ruleLink = (file, line) => el("a", { href: query("/console/rules", { file, line }) }, `${file}:${line}`);

function reasons(why) {
  if (!why) return el("p", { class: "soft" }, "There is no explanation of this record.");
  const some = (title, list, make) => (list?.length ? [el("p", { class: "soft" }, title), el("ul", {}, list.map((item) => el("li", {}, make(item))))] : null);
  return [
    why.words ? el("blockquote", {}, why.words) : why.words_problem ? note("warn", `The plugin's explain failed: ${why.words_problem}`) : null,
    some("Because", [...(why.notes ?? []), ...(why.because ?? [])], (item) => [item.text, " ", el("small", {}, ruleLink(item.file, item.line))]),
    some("Numbers of the policies that were read", why.policies, (item) => [
      el("code", {}, `${item.name} = ${item.value}`), " ", el("small", {}, ruleLink(item.file, item.line)),
      item.who_may_change_this ? el("small", { class: "soft" }, ` · may be changed by: ${item.who_may_change_this}`) : null]),
    some("What nearly held", why.near_misses, (item) => [item.text, item.short_by === undefined ? "" : `: short by ${Number(Number(item.short_by).toPrecision(6))}`, " ", el("small", {}, ruleLink(item.file, item.line))]),
  ];
}

function source(lines) {
  if (!lines?.lines?.length) return null;
  return el("details", { open: lines.lines.length <= 24 }, el("summary", {}, `The ${lines.lines.length} lines that ran, with the values they set`),
    el("div", { class: "source", tabindex: "0", role: "group", "aria-label": "Lines that ran" }, lines.lines.slice(0, 400).map((line, place, all) => [
      place === 0 || all[place - 1].file !== line.file ? el("div", {}, el("span", { class: "at" }), el("strong", {}, line.file)) : null,
      el("div", {}, el("span", { class: "at" }, line.line), el("span", { class: "code" }, line.text), el("span", { class: "values" }, line.values.join("  "))),
    ])));
}

async function moved() {
  if (!record.effects?.length) return fill("moved", el("p", { class: "soft" }, "It moved no money."));
  const transfers = await Promise.all(record.effects.map((id) => ask(`/v1/ledger/transfers/${encodeURIComponent(id)}`)));
  return fill("moved", table({
    caption: "Transfers of this decision", rows: transfers, columns: [
      { title: "From", cell: (one) => one.from ?? "–" }, { title: "To", cell: (one) => one.to ?? "–" },
      { title: "Amount", number: true, cell: (one) => (one.amount ? amount(one.amount.minor, one.amount.asset) : "–") },
      { title: "State", cell: (one) => one.state },
    ],
  }));
}

function verdict(why) {
  if (why instanceof Error && why.status === 409) return fill("verdict", note("bad", el("strong", {}, "Not the same: "), why.message));
  if (why instanceof Error) return fill("verdict", note("warn", why.message));
  if (!why) return fill("verdict", note("", "This host can't run records again."));
  return fill("verdict", pill("run again: the same, byte for byte", "good", "✓"),
    el("p", { class: "soft" }, "The recorded input, clock and answers of the host were run again by the rulebook of that time."));
}

function counterfactuals(counter) {
  const list = counter?.counter ?? [];
  if (!list.length) return fill("counter", el("p", { class: "soft" }, "No single value of the input would have changed the answer, as far as was tried."));
  const change = (one) => (one.from !== undefined ? `from ${print(one.from)} up` : one.above !== undefined ? `above ${print(one.above)}`
    : one.up_to !== undefined ? `up to ${print(one.up_to)}` : one.below !== undefined ? `below ${print(one.below)}` : `were ${print(one.value)}`);
  return fill("counter", el("ul", {}, list.slice(0, 8).map((one) => el("li", {}, el("code", {}, one.input), ` ${change(one)}`,
    one.then?.length ? el("small", { class: "soft" }, ` → ${one.then.slice(0, 3).map((then) => `${then.path || "answer"}: ${brief(then.before)} → ${brief(then.after)}`).join("; ")}`) : null))));
}

// What if

function whatIf() {
  const input = el("textarea", { id: "input", rows: 9, spellcheck: "false", "aria-label": "The input, to be changed" }, print(record.input, 2));
  const answer = el("div", { id: "answer", class: "stack", "aria-live": "polite" });
  fill("whatif", el("p", { class: "soft" }, "Change the input and run the rules that decide now, with the host's answers of then. Nothing is kept and nothing moves."),
    input, el("div", { class: "row" }, el("button", { type: "button", class: "primary", id: "run", onclick: () => attempt(() => run(input.value, answer)) }, "Run")), answer);
}

async function run(text, answer) {
  let input;
  try {
    input = parse(text);
  } catch (error) {
    return fill(answer, note("bad", `This is no JSON: ${error.message}`));
  }
  let result;
  try {
    result = await ask("/v1/evaluations", { json: { point: record.point, input, record: record.id } });
  } catch (problem) {
    return fill(answer, note("bad", problem.message));
  }
  const then = record.error ? { error: { code: record.error.code, message: record.error.message, reason: record.error.reason } } : record.result;
  const changes = differences(then, result.answer);
  return fill(answer, result.answer?.error ? pill(result.answer.error.reason || result.answer.error.code, "warn", "–") : pill("answered", "good", "✓"),
    changes.length ? table({
      caption: "What would be other than then", rows: changes, columns: [
        { title: "Field", cell: (row) => el("code", {}, row.path) }, { title: "Then", cell: (row) => brief(row.before) },
        { title: "Now", cell: (row) => brief(row.after) }, { title: "Difference", number: true, cell: (row) => row.difference ?? "" },
      ],
    }) : el("p", {}, "The same as then."), el("details", {}, el("summary", {}, "The whole answer"), json(result.answer)));
}

/** The leaves that differ; amounts with their exact difference. */
function differences(before, after, path = "") {
  if (print(before) === print(after)) return [];
  if (isAmount(before) && isAmount(after) && before.asset === after.asset) {
    return [{ path, before, after, difference: delta(BigInt(after.minor) - BigInt(before.minor), after.asset) }];
  }
  const isDeep = (value) => value !== null && typeof value === "object" && !isAmount(value);
  if (!isDeep(before) || !isDeep(after)) return [{ path: path || "answer", before, after }];
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name) => differences(before[name], after[name], path ? `${path}.${name}` : name));
}

// Copies

function lua(value, indent = "") {
  if (value === null) return "nil";
  if (typeof value !== "object") return print(value);
  if (isAmount(value)) {
    const [name, scale] = value.asset.split("/");
    const digits = Number(scale ?? 0);
    const text = String(value.minor).padStart(digits + 1, "0");
    return `amount("${text.slice(0, text.length - digits)}${digits ? `.${text.slice(-digits)}` : ""} ${name}${scale ? `/${scale}` : ""}")`;
  }
  const deeper = `${indent}  `;
  const items = Array.isArray(value) ? value.map((item) => lua(item, deeper))
    : Object.entries(value).map(([name, item]) => `${/^[a-z_]\w*$/i.test(name) ? name : `[${print(name)}]`} = ${lua(item, deeper)}`);
  return items.length ? `{\n${items.map((item) => `${deeper}${item},`).join("\n")}\n${indent}}` : "{}";
}

function asSpec() {
  const name = `it(${print(`answers as in ${record.id}`)}, function()`;
  const decide = `decide(${print(record.point)}, ${lua(record.input, "    ")})`;
  const body = record.error
    ? `    assert.has_error(function()\n      ${decide}\n    end, ${print(record.error.reason || record.error.message)})`
    : `    local result = ${decide}\n    assert.same(${lua(record.result, "    ")}, result)`;
  return `describe(${print(record.point)}, function()\n  ${name}\n${body}\n  end)\nend)\n`;
}

async function asCurl() {
  const { settings } = await ask("/v1/settings");
  const port = settings.find((setting) => setting.name === "decisions")?.value?.replaceAll('"', "") ?? "127.0.0.1:8181";
  const body = print({ input: record.input }).replaceAll("'", "'\\''");
  return `curl -s http://${port}/v1/decisions/${record.point} -d '${body}'`;
}

async function recent() {
  at("story").hidden = true;
  const { records } = await ask("/v1/records?limit=25");
  fill("list", records.length ? table({
    caption: "Open one to read its story", rows: records, open: (row) => attempt(() => show(row.id)), columns: [
      { title: "Time (UTC)", cell: (row) => time(row.time) }, { title: "Decision", cell: (row) => el("code", {}, row.point) },
      { title: "Outcome", cell: outcome }, { title: "Answer", cell: (row) => brief(row.error ? row.error.message : row.result).slice(0, 90) },
    ],
  }) : empty("No decision was made yet.", "Ask for one, then come back."));
}

page({
  name: "decision",
  keys: [["e", "edit the input", () => at("input")?.focus()], ["x", "run what is edited", () => at("run")?.click()]],
  async start() {
    at("find").addEventListener("submit", (event) => {
      event.preventDefault();
      say("");
      attempt(() => show(at("id").value.trim()));
    });
    const id = address.get("id");
    if (!id) return recent();
    return show(id);
  },
});
