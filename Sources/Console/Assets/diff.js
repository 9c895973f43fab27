// Two texts side by side in one column, what is the same folded away.
/* global Diff */
import { el } from "./dom.js";

/** Lines of what is the same that stay around a change. */
const AROUND = 3;

/** The difference of two texts, as an element; nil when there is none. */
export function difference(path, before, after) {
  if (before === after) return null;
  const parts = Diff.diffLines(before ?? "", after ?? "");
  const lines = parts.flatMap((part, place) => {
    const own = part.value.replace(/\n$/, "").split("\n");
    const kind = part.added ? "added" : part.removed ? "removed" : "";
    if (kind || own.length <= 2 * AROUND) return own.map((text) => [kind, text]);
    const head = place === 0 ? [] : own.slice(0, AROUND);
    const tail = place === parts.length - 1 ? [] : own.slice(-AROUND);
    return [...head.map((text) => ["", text]), ["fold", `${own.length - head.length - tail.length} lines are the same`], ...tail.map((text) => ["", text])];
  });
  const sign = { added: "+", removed: "−", fold: "…" };
  return el("details", { open: true }, el("summary", {}, path, before === undefined ? " (new)" : after === undefined ? " (gone)" : ""),
    el("div", { class: "diff", tabindex: "0", role: "group", "aria-label": `Changes of ${path}` },
      lines.map(([kind, text]) => el("div", { class: kind }, el("span", {}, sign[kind] ?? " "), el("span", {}, text)))));
}
