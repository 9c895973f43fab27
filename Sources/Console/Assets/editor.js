// The editor of rules: Lua, problems at their lines, words of the host and of the policies completed.
/* global CodeMirror */
import { offered } from "./completion.js";
import { el } from "./dom.js";

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
      if (/[\w.:]$/.test(change.text.at(-1) ?? "") && this.prefix(mirror).text.length > 1) this.complete(mirror);
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
    const text = /[\w.:]*$/.exec(mirror.getLine(cursor.line).slice(0, cursor.ch))[0];
    return { text, cursor };
  }

  complete(mirror) {
    mirror.showHint({
      completeSingle: false, hint: () => {
        const { text, cursor } = this.prefix(mirror);
        const begun = text.slice(Math.max(text.lastIndexOf("."), text.lastIndexOf(":")) + 1);
        const found = offered(text, this.words());
        return { list: found, from: { line: cursor.line, ch: cursor.ch - begun.length }, to: cursor };
      },
    });
  }
}
