// Keys, tokens, this host, and every setting with what gave it.
import { ask, askIfThere } from "./api.js";
import { at, count, el, facts, fill, note, pill, time } from "./dom.js";
import { confirmed } from "./dialog.js";
import { attempt, page, say } from "./shell.js";
import { table } from "./table.js";

const STATES = { active: ["signs", "good", "✓"], published: ["waits for its turn", "info", "…"], retiring: ["still verifies", "", "–"] };

async function load() {
  const [settings, status, checkpoint, governance, awareness] = await Promise.all([ask("/v1/settings"), ask("/v1/rulebook"), ask("/v1/ledger/checkpoint"), askIfThere("/v1/governance"), askIfThere("/v1/awareness")]);
  showKeys(settings.keys);
  const value = (name) => settings.settings.find((one) => one.name === name)?.value ?? "not set";
  fill("host", facts([
    ["Version", settings.version], ["Rules", `generation ${status.generation}, ${count(status.plugins.length)} plugins on ${status.lanes} lanes`],
    ["Plugins", status.plugins.map((one) => `${one.name} ${one.version}`).join(", ")], ["Ledger", el("span", {}, el("code", {}, checkpoint.ledger), `, ${count(checkpoint.size)} entries`)],
    ["Governance", governance?.governed ? "in force: only what holders signed decides" : "not in force: operators change the rules"],
    ["Records", `${value("records")}; kept ${value("keep-records") === "not set" ? "for ever" : value("keep-records")}`], ["Hosts", awareness?.fleet ? `${count(awareness.fleet.hosts.length)} that share a store` : "this one alone, on its own files"],
  ]), awareness?.fleet ? hosts(awareness.fleet.hosts) : null);
  fill("settings", table({
    caption: "Settings in force, with what gave each", rows: settings.settings, columns: [
      { title: "Setting", cell: (one) => el("code", {}, one.name) }, { title: "Value", cell: (one) => (one.value === null ? el("span", { class: "soft" }, "not set") : el("code", {}, one.value)) },
      { title: "From", cell: (one) => (one.origin === "default" ? el("span", { class: "soft" }, "default") : pill(one.origin, "info")) },
    ],
  }));
}

/** The hosts that share the store, as each was heard last. */
const hosts = (list) => table({
  caption: "Hosts that share the store", rows: list, columns: [
    { title: "Host", cell: (host) => host.name }, { title: "Generation", number: true, cell: (host) => String(host.generation) },
    { title: "Heard", number: true, cell: (host) => (host.seconds === 0 ? "now" : `${count(host.seconds)} s ago`) },
    { title: "State", cell: (host) => (host.problem ? pill(host.problem, "warn") : pill("well", "good", "✓")) },
  ],
});

function showKeys(keys) {
  const isWaiting = keys.some((key) => key.state === "published");
  fill("key-tools", el("button", { type: "button", id: "rotate", disabled: isWaiting, onclick: () => attempt(rotate) }, "Rotate"));
  fill("keys", table({
    caption: "Keys that sign or verify tokens", rows: keys, columns: [
      { title: "Key", cell: (key) => el("code", {}, `${key.kid.slice(0, 16)}…`) }, { title: "State", cell: (key) => pill(STATES[key.state][0], STATES[key.state][1], STATES[key.state][2]) }, { title: "Kind", cell: (key) => key.algorithm },
      { title: "Since", cell: (key) => time(key.since) }, { title: "Until", cell: (key) => (key.until === null ? "rotated" : time(key.until)) },
    ],
  }), isWaiting ? el("p", { class: "soft" }, "A published key signs once everybody has fetched it.") : null);
}

async function rotate() {
  if (!(await confirmed("Rotate the signing key?", "A new key is published now and signs once everybody has fetched it. Tokens of the old one stay valid until they end.", "Rotate"))) return;
  const { keys } = await ask("/v1/keys/rotate", { method: "POST" });
  showKeys(keys);
  say("A new key is published.", "good");
}

function showTokens() {
  const id = el("input", { id: "jti", size: 38, autocomplete: "off", spellcheck: "false", required: true });
  const form = el("form", {
    class: "row", onsubmit: (event) => {
      event.preventDefault();
      attempt(async () => {
        if (!(await confirmed("Revoke the token?", "Whoever bears it is let in nowhere any more. This can't be undone.", "Revoke", "danger"))) return;
        const { revoked } = await ask("/v1/tokens/revoke", { json: { id: id.value.trim() } });
        id.value = "";
        say(`${revoked} is revoked.`, "good");
      });
    },
  }, el("label", { class: "field" }, "Its id (jti), as records and the audit name it", id), el("button", { class: "danger" }, "Revoke"));
  fill("tokens", el("p", {}, "Revoke an operator's or a citizen's token before it ends:"), form, note("", "Print a new operator's token on the host's machine: ", el("code", {}, "cascade token operator")));
}

function showLook() {
  const set = (theme) => {
    if (theme) { document.documentElement.dataset.theme = theme; sessionStorage.setItem("cascade-look", theme); } else { delete document.documentElement.dataset.theme; sessionStorage.removeItem("cascade-look"); }
    showLook();
  };
  const now = sessionStorage.getItem("cascade-look") ?? "";
  fill("look", [["", "As the system"], ["light", "Light"], ["dark", "Dark"]].map(([theme, title]) => el("button", { type: "button", "aria-pressed": String(theme === now), onclick: () => set(theme) }, title)));
}

page({
  name: "settings",
  async start() {
    showTokens();
    showLook();
    await load();
    at("rotate").dataset.ready = "true";
  },
});
