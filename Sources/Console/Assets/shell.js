// What every page shares: the navigation, the session's door, the keys, the search, what is said to the reader.
import { ask, open, session } from "./api.js";
import { at, el, fill, note } from "./dom.js";
import { confirmed, show } from "./dialog.js";

const PAGES = [
  ["now", "Now", "n"], ["decision", "Decision", "d"], ["rules", "Rules", "r"], ["changes", "Changes", "c"],
  ["money", "Money", "m"], ["trust", "Trust", "t"], ["self", "Self", "s"], ["settings", "Settings", "e"],
];
const link = (name) => (name === "now" ? "/console" : `/console/${name}`);

/** Whether this page was filled once: then what is in it stays over a session's end. */
let wasStarted = false;

/** Says something to the reader, or nothing. */
export function say(text, kind = "bad") {
  fill("message", text ? note(kind, text) : null);
}

/** Says what went wrong; what a stopped request says is no problem. */
export function sayProblem(problem) {
  if (problem?.name === "AbortError") return;
  const lines = (problem.errors ?? []).map((error) => error.message).filter(Boolean);
  fill("message", note("bad", el("p", {}, problem.message), lines.length > 0 && lines[0] !== problem.message
    ? el("ul", {}, lines.map((line) => el("li", {}, line))) : null));
}

/** Runs `body`, and says what went wrong. */
export async function attempt(body) {
  try {
    return await body();
  } catch (problem) {
    sayProblem(problem);
    return undefined;
  }
}

/**
 * Makes the page `name`. `start(signal)` runs when somebody is signed in; `keys` are `[key, what it does, action]`;
 * `list()` is the list that j, k and Enter work on from anywhere.
 */
export async function page({ name, start, keys = [], list }) {
  const look = sessionStorage.getItem("cascade-look");
  if (look) document.documentElement.dataset.theme = look;
  frame(name);
  listenToKeys(keys, list);
  document.addEventListener("signed-out", (event) => door(event.detail));
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  // Out of the address and the history before anything else.
  if (code) history.replaceState(null, "", location.pathname + location.search);
  try {
    if (code) await open({ code });
    if (!session.half) return door("");
  } catch (problem) {
    return door(problem.message);
  }
  at("main").hidden = false;
  wasStarted = true;
  foot();
  try {
    await start(new AbortController().signal);
  } catch (problem) {
    if (problem.status !== 401) sayProblem(problem);
  }
  document.body.dataset.ready = "true";
}

function frame(name) {
  fill("nav",
    el("a", { class: "brand", href: "/console" }, el("img", { src: "/console/assets/icon.svg", alt: "" }), "Cascade"),
    el("ul", {}, PAGES.map(([page, title, letter]) => el("li", {},
      el("a", { href: link(page), "aria-current": page === name ? "page" : undefined }, title,
        el("kbd", { "aria-hidden": "true" }, `g ${letter}`))))),
    el("div", { class: "foot", id: "foot" }));
}

async function foot() {
  const [status, brief] = await Promise.all([ask("/v1/rulebook"), ask("/health").catch(() => null)]).catch(() => []);
  if (!status) return;
  fill("foot",
    el("p", {}, "Generation ", el("strong", {}, status.generation), " decides"),
    brief?.version && el("p", { class: "soft" }, `Cascade ${brief.version}`),
    el("button", { class: "quiet", type: "button", onclick: () => help() }, "Keys ", el("kbd", {}, "?")),
    el("button", { class: "quiet", type: "button", onclick: () => signOut() }, "Sign out"));
}

async function signOut() {
  if (!(await confirmed("Sign out?", "This browser forgets the session.", "Sign out"))) return;
  await ask("/v1/console/session", { method: "DELETE" }).catch(() => null);
  door("You are signed out.");
}

/** The way in, in place of the page. */
function door(text) {
  session.forget();
  const main = at("main");
  main.hidden = true;
  if (at("door")) return;
  const token = el("input", {
    id: "token", type: "password", autocomplete: "off", spellcheck: "false", required: true,
    "aria-describedby": "token-hint",
  });
  const form = el("form", {
    id: "door", class: "panel", "aria-labelledby": "door-title",
    onsubmit: async (event) => {
      event.preventDefault();
      const given = token.value.trim();
      token.value = "";
      try {
        await open({ token: given });
        // Whoever was signed out in the middle of something goes on with it.
        if (!wasStarted) return location.reload();
        form.remove();
        main.hidden = false;
        say("");
      } catch (problem) {
        sayProblem(problem);
      }
      return undefined;
    },
  },
  el("h2", { id: "door-title" }, "Open the console"),
  text ? note("warn", text) : null,
  el("p", {}, "Use the link that ", el("code", {}, "make run"), " or ", el("code", {}, "cascade serve"),
    " prints on its terminal: it is good once, for five minutes. Or paste a token."),
  el("label", { class: "field" }, "An operator's token", token),
  el("p", { class: "soft", id: "token-hint" }, el("code", {}, "cascade token operator"),
    " prints one. It is used to open a session and kept nowhere."),
  el("div", { class: "row" }, el("button", { class: "primary" }, "Open")));
  main.after(form);
  document.body.dataset.ready = "true";
}

// Keys

const isTyping = (event) => event.target.closest?.("input, textarea, select, .CodeMirror, [contenteditable]");
let help = () => {};

function listenToKeys(keys, list) {
  let wasGo = 0;
  help = () => show("Keys", el("table", {}, el("tbody", {}, [
    ["?", "this list"], ["/", "search"], ["j  k", "next and previous in the list"], ["Enter", "open"],
    ["Esc", "close, or leave the editor"], ...PAGES.map(([, title, letter]) => [`g ${letter}`, title]),
    ...keys.map(([key, what]) => [key, what]),
  ].map(([key, what]) => el("tr", {}, el("th", { scope: "row" }, el("kbd", {}, key)), el("td", {}, what))))));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog")) return;
    if (isTyping(event)) return;
    const { key } = event;
    if (Date.now() - wasGo < 1_500) {
      wasGo = 0;
      const found = PAGES.find(([, , letter]) => letter === key);
      if (found) { event.preventDefault(); location.assign(link(found[0])); }
      return;
    }
    const action = keys.find(([own]) => own === key)?.[2];
    if (key === "g") wasGo = Date.now();
    else if (key === "?") help();
    else if (key === "/") { event.preventDefault(); search(); }
    else if (action) { event.preventDefault(); action(); }
    else if (["j", "k", "Enter"].includes(key) && !event.target.closest("a, button, summary, tr[tabindex], g[tabindex]")) {
      const own = list?.();
      if (own?.key(event)) own.box.focus();
      else if (key !== "Enter") rows(key === "j" ? 1 : -1, event);
    } else if (["j", "k"].includes(key)) rows(key === "j" ? 1 : -1, event);
  });
}

/** Moves the focus among the rows of tables that can be opened. */
function rows(step, event) {
  const all = [...document.querySelectorAll("tr[tabindex]")].filter((row) => row.offsetParent);
  if (!all.length) return;
  event.preventDefault();
  const place = all.indexOf(document.activeElement);
  all[Math.max(0, Math.min(all.length - 1, place < 0 ? 0 : place + step))].focus();
}

/** Looks for a decision by its id, a citizen, an account, or a page by its name. */
async function search() {
  const field = document.querySelector("[data-search]");
  if (field) { field.focus(); field.select?.(); return; }
  const input = el("input", { "aria-label": "A decision's id, a citizen, an account or a page", autocomplete: "off", size: 44 });
  const form = el("form", {
    onsubmit: (event) => { event.preventDefault(); form.closest("dialog").close("go"); },
  }, input);
  const answer = await show("Find a decision, a citizen, an account or a page", form, [["Cancel", ""], ["Find", "go", "primary"]]);
  const text = input.value.trim();
  if (answer !== "go" || !text) return;
  const page = PAGES.find(([name, title]) => [name, title.toLowerCase()].includes(text.toLowerCase()));
  const wanted = encodeURIComponent(text);
  if (/^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(text)) location.assign(`/console/decision?id=${wanted}`);
  else if (page) location.assign(link(page[0]));
  else if (text.includes(":")) location.assign(`/console/money?account=${wanted}`);
  else location.assign(`/console/trust?citizen=${wanted}`);
}
