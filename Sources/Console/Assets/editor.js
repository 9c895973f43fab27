// The editor of rules: Lua, problems at their lines, words of the host and of the policies completed.
/* global CodeMirror */
import { el } from "./dom.js";

/** What the host offers to rules, and what an amount can do, as the editor's types declare them. */
const HOST = {
  host: ["now", "random", "ledger", "graph", "token"],
  "host.ledger": ["balance", "post", "hold", "settle", "void"], "host.graph": ["metrics", "null_model", "network"],
  "host.token": ["sign"],
  assert: ["equal", "same", "near", "is_true", "is_nil", "has_error"],
};
const WORDS = ["local", "function", "return", "if", "then", "elseif", "else", "end", "for", "in", "do", "while", "and", "or",
  "not", "nil", "true", "false", "require", "ipairs", "pairs", "amount", "note", "error", "tostring", "tonumber", "string",
  "table", "math", "describe", "it", "pending", "decide", "each", "property"];

/** An editor in `place`. `changed(text)` is told each change; `words()` gives the names to complete. */
export class Editor {
  constructor(place, { changed, words, label }) {
    this.words = words;
    this.marks = [];
    this.mirror = CodeMirror(place, {
      mode: "lua", lineNumbers: true, indentUnit: 2, tabSize: 2, matchBrackets: true, lineWrapping: false,
      gutters: ["problem-gutter", "CodeMirror-linenumbers"], viewportMargin: 30,
      extraKeys: {
        "Ctrl-Space": (mirror) => this.complete(mirror),
        // Tab leaves the editor, as from every field; two spaces are typed or indented by Ctrl-].
        Tab: false, "Shift-Tab": false, "Ctrl-]": "indentMore", "Ctrl-[": "indentLess",
        Esc: (mirror) => { mirror.getInputField().blur(); document.getElementById("checked")?.focus(); },
      },
    });
    this.mirror.getInputField().setAttribute("aria-label", label);
    // What scrolls can be scrolled by keys, too.
    for (const [name, value] of [["tabindex", "0"], ["role", "group"], ["aria-label", "The file's text, to be scrolled"]]) {
      this.mirror.getScrollerElement().setAttribute(name, value);
    }
    this.mirror.on("change", (mirror, change) => { if (change.origin !== "setValue") changed(mirror.getValue()); });
    this.mirror.on("inputRead", (mirror, change) => {
      if (/[\w.]$/.test(change.text.at(-1) ?? "") && this.prefix(mirror).text.length > 1) this.complete(mirror);
    });
  }

  /** Shows a document; each file keeps its own undo and place. */
  open(document) {
    if (this.mirror.getDoc() !== document) this.mirror.swapDoc(document);
    this.mirror.refresh();
  }

  static document(text) { return CodeMirror.Doc(text, "lua"); }

  goTo(line) {
    this.mirror.setCursor({ line: line - 1, ch: 0 });
    this.mirror.scrollIntoView({ line: line - 1, ch: 0 }, 120);
    this.mirror.focus();
  }

  /** Marks `problems`, `{ line, message, isDoubt }`, at their lines. */
  mark(problems) {
    this.mirror.operation(() => {
      this.mirror.clearGutter("problem-gutter");
      for (const undo of this.marks.splice(0)) undo();
      for (const problem of problems) {
        const line = Math.min(Math.max(0, (problem.line ?? 1) - 1), this.mirror.lineCount() - 1);
        const kind = problem.isDoubt ? "doubtful" : "wrong";
        this.mirror.setGutterMarker(line, "problem-gutter", el("span", { class: `problem-mark ${kind}`, title: problem.message }, problem.isDoubt ? "?" : "!"));
        this.mirror.addLineClass(line, "background", kind);
        const widget = this.mirror.addLineWidget(line, el("div", { class: `problem-line ${kind}` }, problem.message));
        this.marks.push(() => { widget.clear(); this.mirror.removeLineClass(line, "background", kind); });
      }
    });
  }

  prefix(mirror) {
    const cursor = mirror.getCursor();
    const text = /[\w.]*$/.exec(mirror.getLine(cursor.line).slice(0, cursor.ch))[0];
    return { text, cursor };
  }

  complete(mirror) {
    mirror.showHint({
      completeSingle: false, hint: () => {
        const { text, cursor } = this.prefix(mirror);
        const dot = text.lastIndexOf(".");
        const base = dot < 0 ? "" : text.slice(0, dot);
        const begun = text.slice(dot + 1);
        const known = { ...HOST, ...this.words().tables };
        const list = dot < 0 ? [...WORDS, ...Object.keys(known).filter((name) => !name.includes(".")), ...this.words().names] : known[base] ?? [];
        const found = [...new Set(list)].filter((word) => word.startsWith(begun) && word !== begun).sort();
        return { list: found, from: { line: cursor.line, ch: cursor.ch - begun.length }, to: cursor };
      },
    });
  }
}

/** The names that `require`d policies have in a text: `fees` → the keys of `policies/fees.lua`. */
export function tablesOf(text, files) {
  const tables = {};
  for (const [, name, module] of text.matchAll(/local\s+(\w+)\s*=\s*require\s*\(?"([\w.]+)"/g)) {
    const source = files[`${module.replaceAll(".", "/")}.lua`] ?? files[`plugins/${module.replaceAll(".", "/")}.lua`];
    if (!source) continue;
    tables[name] = [...new Set([...source.matchAll(/^\s{2}(\w+)\s*=|^function\s+M\.(\w+)|^M\.(\w+)\s*=/gm)].map((match) => match[1] ?? match[2] ?? match[3]))];
  }
  return tables;
}

/** The fields of the decisions' inputs, after `input.`. */
export function schemaTables(decisions) {
  const names = new Set();
  for (const decision of decisions) for (const name of Object.keys(decision.input?.properties ?? {})) names.add(name);
  return { input: [...names] };
}
