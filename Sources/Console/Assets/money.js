// Accounts, entries, flows, holds and payments. Amounts are whole minor units and never floats.
import { ask, query } from "./api.js";
import { address, amount, amountText, at, count, el, empty, fill, ledgerTime, later, note, pill, time } from "./dom.js";
import { line } from "./chart.js";
import { copy } from "./dialog.js";
import { sankey } from "./sankey.js";
import { attempt, page } from "./shell.js";
import { listen } from "./stream.js";
import { table } from "./table.js";

/** Entries that the flows are summed over, and accounts that are listed. */
const FLOWS = 1_000;
const LISTED = 60;

const state = { accounts: [], entries: [], own: [], account: "", asset: "", payments: new Map() };

/** `citizen:anna` is one of `citizen:*`. */
const kind = (name) => (name.includes(":") ? `${name.split(":")[0]}:*` : name);

async function everyAccount() {
  const all = [];
  for (let after = ""; after !== null && all.length < 5_000;) {
    const pageOf = await ask(query("/v1/ledger/accounts", { after, limit: 1000 }));
    all.push(...pageOf.accounts);
    after = pageOf.next;
  }
  return all;
}

function showTiles(checkpoint) {
  const tile = (title, figure, small) => el("div", { class: "tile" }, el("h2", {}, title), el("div", { class: "figure" }, figure), el("small", { class: "soft" }, small));
  const treasury = state.accounts.find((one) => one.account === "treasury");
  const held = state.accounts.reduce((sum, one) => sum + (BigInt(one.pending ?? 0) < 0n ? -BigInt(one.pending) : BigInt(one.pending ?? 0)), 0n);
  fill("tiles", tile("Entries", count(checkpoint.size), el("span", {}, "chain ends at ", el("code", {}, String(checkpoint.head).slice(0, 12), "…"))),
    tile("Accounts", count(state.accounts.length), "that the ledger knows"),
    tile("Treasury", treasury ? amountText(treasury.available, treasury.asset) : "–", treasury ? "to be shared out" : "nothing was given to it yet"),
    tile("Set aside", held === 0n ? "nothing" : "open holds", checkpoint.signature ? "the checkpoint is signed" : "nobody signs checkpoints"));
}

function showAccounts() {
  const text = at("find").value.trim().toLowerCase();
  const found = state.accounts.filter((one) => one.account.toLowerCase().includes(text));
  fill("accounts", found.length ? [table({
    caption: "Open one to see its entries", rows: found.slice(0, LISTED), open: (one) => attempt(() => choose(one.account)), isSelected: (one) => one.account === state.account, columns: [
      { title: "Account", cell: (one) => one.account }, { title: "Available", number: true, cell: (one) => amount(one.available, one.asset) },
      { title: "Posted", number: true, cell: (one) => amount(one.posted, one.asset) }, { title: "State", cell: (one) => (one.flags.includes("closed") ? pill("closed", "warn") : one.floor !== null && BigInt(one.floor) < 0n ? `down to ${amountText(one.floor, one.asset)}` : "") },
    ],
  }), found.length > LISTED ? el("p", { class: "soft" }, `${count(found.length - LISTED)} more; type a part of the name.`) : null] : empty(text ? "No account fits." : "The ledger is empty.", text ? "" : "A transfer makes accounts: cascade ledger transfer"));
}

async function choose(account) {
  state.account = account;
  address.set({ account });
  const own = [];
  for (let before, turn = 0; turn < 4 && own.length < 200 && before !== null; turn += 1) {
    const pageOf = await ask(query("/v1/ledger/entries", { account, before, limit: 200 }));
    own.push(...pageOf.entries);
    before = pageOf.next;
  }
  state.own = own;
  showAccounts();
  showEntries();
  showChart();
}

function showEntries() {
  const rows = state.account ? state.own : state.entries;
  fill("entries-tools", state.account ? [el("span", { class: "pill info" }, state.account), el("button", { type: "button", class: "quiet", onclick: () => { state.account = ""; address.set({ account: "" }); showAccounts(); showEntries(); showChart(); } }, "Show all")] : el("span", { class: "soft" }, "of all accounts"));
  fill("entries", rows.length ? table({
    caption: "Open one for its proof", rows: rows.slice(0, 60), open: (one) => attempt(() => proof(one)), columns: [
      { title: "No.", number: true, cell: (one) => String(one.seq) }, { title: "When (UTC)", cell: (one) => ledgerTime(one.timestamp, false) },
      { title: "From → to", cell: (one) => (one.from ? `${one.from} → ${one.to}` : one.account ?? one.kind) }, { title: "Amount", number: true, cell: (one) => (one.amount ? amount(one.amount.minor, one.amount.asset) : "–") },
      { title: "Decision", cell: (one) => (one.decision ? el("a", { href: `/console/decision?id=${encodeURIComponent(one.decision)}`, onclick: (event) => event.stopPropagation() }, "story") : one.kind) },
    ],
  }) : empty("No entry yet.", "What moves money shows here, each with its proof."));
}

async function proof(entry) {
  const text = await ask(`/v1/ledger/proofs/${encodeURIComponent(entry.id)}`);
  await copy(`Proof that entry ${entry.seq} is in the ledger`, text);
}

function showFlows() {
  const sums = new Map();
  for (const entry of state.entries) {
    if (!entry.amount || !["posted", "post", "reversal"].includes(entry.kind)) continue;
    const key = `${entry.amount.asset}\n${kind(entry.from)}\n${kind(entry.to)}`;
    const sum = sums.get(key) ?? { asset: entry.amount.asset, from: kind(entry.from), to: kind(entry.to), minor: 0n, transfers: 0 };
    sum.minor += BigInt(entry.amount.minor);
    sum.transfers += 1;
    sums.set(key, sum);
  }
  const assets = [...new Set([...sums.values()].map((flow) => flow.asset))].sort();
  state.asset = assets.includes(state.asset) ? state.asset : assets[0] ?? "";
  fill("assets", assets.length > 1 ? assets.map((asset) => el("button", { type: "button", "aria-pressed": String(asset === state.asset), onclick: () => { state.asset = asset; showFlows(); } }, asset)) : null);
  const flows = [...sums.values()].filter((flow) => flow.asset === state.asset && flow.minor > 0n);
  fill("flows", flows.length ? [el("p", { class: "soft" }, `Of the last ${count(state.entries.length)} entries; money from or to the world in another colour.`), sankey({ title: `Flows of ${state.asset}`, flows, write: (minor) => amountText(minor, state.asset) })]
    : empty("Nothing moved yet.", "The flows between kinds of account show here."));
}

/** The balance of the chosen account after each of its entries; else of the first sprint's envelopes together. */
function showChart() {
  const name = state.account || state.accounts.find((one) => /^sprint:[^:]+:team$/.test(one.account))?.account || (state.accounts.some((one) => one.account === "treasury") ? "treasury" : "");
  const entries = (state.account ? state.own : state.entries).filter((entry) => entry.balances?.[name]).reverse();
  const asset = state.accounts.find((one) => one.account === name)?.asset;
  if (!entries.length) return fill("chart", empty("Choose an account.", "Its balance after each entry is drawn here; a sprint's envelope burns down."));
  const points = entries.map((entry) => ({ x: Number(BigInt(entry.timestamp) / 1_000_000n), minor: BigInt(entry.balances[name].posted), entry }));
  // Only the drawing takes a float; the texts are of the exact figure.
  const exact = new Map(points.map((point) => [Number(point.minor), point.minor]));
  const plotted = points.map((point) => ({ ...point, y: Number(point.minor) }));
  const isSprint = name.startsWith("sprint:") && plotted[0].y > 0;
  const plan = isSprint ? [{ x: plotted[0].x, y: plotted[0].y }, { x: plotted.at(-1).x, y: plotted.at(-1).y }] : undefined;
  const write = (value) => amountText(exact.get(value) ?? BigInt(Math.round(value)), asset);
  return fill("chart", el("p", {}, el("strong", {}, name), isSprint ? " burns down; the dashed line is an even burn." : " after each of its entries."),
    line({
      title: `Balance of ${name}`, points: plotted, plan, write, when: (x) => new Date(x).toISOString().slice(5, 16).replace("T", " "),
      columns: [{ title: "When", cell: (point) => time(point.x) }, { title: "Entry", number: true, cell: (point) => String(point.entry.seq) }, { title: "Balance", number: true, cell: (point) => amountText(point.minor, asset) }],
    }));
}

async function showHolds() {
  const { holds } = await ask("/v1/ledger/holds");
  fill("holds", holds.length ? table({
    caption: "Open holds", rows: holds, columns: [
      { title: "From → to", cell: (hold) => `${hold.from} → ${hold.to}` }, { title: "Amount", number: true, cell: (hold) => amount(hold.amount.minor, hold.amount.asset) },
      { title: "Until", cell: (hold) => (hold.expires === null ? "resolved" : ledgerTime(hold.expires)) },
    ],
  }) : empty("Nothing is set aside.", "Money of a payment on its way stands here until it is posted or given back."));
}

/** The states that a payment goes through when all goes well, and how those at its end are shown. */
const COURSE = ["created", "held", "open", "settled"];
const ENDS = { settled: ["good", "✓"], refused: ["warn", "–"], canceled: ["", "–"], suspended: ["bad", "!"] };

/** How far a payment came: the steps behind it, and the state it is in. */
function course(one) {
  const [kind, sign] = ENDS[one.state] ?? ["info", "…"];
  const before = COURSE.slice(0, Math.max(0, COURSE.indexOf(one.state)));
  return [before.length ? el("small", { class: "soft" }, `${before.join(" → ")} → `) : null, pill(one.state, kind, sign)];
}

/** Why somebody must look after a payment; nil for one that goes by itself. */
const worry = (one) => one.problem ?? (one.state === "suspended" ? "paid when the ducats were no longer held: the money is in suspense" : null);

function showPayments() {
  const list = [...state.payments.values()].reverse();
  const worries = list.filter(worry);
  fill("payments", worries.length ? note("bad", el("strong", {}, "Needs attention:"), el("ul", {}, worries.slice(0, 10).map((one) => el("li", {}, el("code", {}, one.id), ` of ${one.citizen}: ${worry(one)}`)))) : null, list.length ? table({
    caption: "Payments, the latest first", rows: list.slice(0, 40), columns: [
      { title: "Payment", cell: (one) => [el("code", { title: one.id }, one.id.slice(0, 13)), ` ${one.kind}`] }, { title: "Course", cell: (one) => [course(one), one.refusal ? el("small", { class: "soft" }, ` ${one.refusal}`) : null] },
      { title: "Citizen", cell: (one) => one.citizen }, { title: "Amount", number: true, cell: (one) => { const paid = one.charge ?? one.ducats; return paid ? amount(paid.minor, paid.asset) : "–"; } },
      { title: "Since", cell: (one) => time(one.created_milliseconds) }, { title: "Last change", cell: (one) => time(one.updated_milliseconds) },
    ],
  }) : empty("No payment yet.", "Purchases through Stripe show here with each step of their course."));
}

/** The latest payments; on a host that takes none, why. */
async function loadPayments() {
  try {
    const { payments } = await ask("/v1/payments?limit=40");
    for (const one of payments.reverse()) state.payments.set(one.id, one);
    showPayments();
  } catch (problem) {
    fill("payments", empty("No payments here.", problem.message));
  }
}

async function load() {
  const [accounts, checkpoint, entries] = await Promise.all([everyAccount(), ask("/v1/ledger/checkpoint"), ask(`/v1/ledger/entries?limit=${FLOWS}`)]);
  Object.assign(state, { accounts, entries: entries.entries });
  showTiles(checkpoint);
  if (state.account) await choose(state.account);
  else { showAccounts(); showEntries(); showChart(); }
  showFlows();
  await showHolds();
}

page({
  name: "money",
  keys: [["a", "show all entries", () => at("entries-tools").querySelector("button")?.click()]],
  async start() {
    state.account = address.get("account");
    at("find").addEventListener("input", later(150, showAccounts));
    await Promise.all([load(), loadPayments()]);
    const askPayments = later(1_500, () => attempt(loadPayments));
    const again = later(1_500, () => { if (!document.hidden && !document.activeElement?.closest("tr")) attempt(load); });
    listen({
      topics: ["ledger", "payments"], signal: new AbortController().signal, heard: (event) => {
        if (event.name === "entry") again();
        // The event is what its citizen may see; why a payment is stuck comes with the list.
        if (event.name === "payment" && event.data?.id) { state.payments.set(event.data.id, event.data); showPayments(); askPayments(); }
      },
    });
    if (!state.accounts.length) fill("message", note("", "The ledger is empty: this host moved no money yet."));
  },
});
