// Tables, and a list of any length that only draws what is seen.
import { el } from "./dom.js";

/**
 * A table of `rows`. A column is `{ title, cell(row), number }`; `open(row)` makes rows that Enter and a click open.
 */
export function table({ caption, columns, rows, open, isSelected }) {
  return el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": caption },
    el("table", {},
      el("caption", { class: open ? "" : "visually-hidden" }, caption),
      el("thead", {}, el("tr", {}, columns.map((column) =>
        el("th", { scope: "col", class: column.number && "number" }, column.title)))),
      el("tbody", {}, rows.map((row) => el("tr", open && {
        tabindex: "0", "aria-selected": isSelected ? String(isSelected(row)) : undefined, onclick: () => open(row),
        onkeydown: (event) => { if (event.key === "Enter" && event.target === event.currentTarget) open(row); },
      }, columns.map((column, place) => el(place === 0 ? "th" : "td", {
        scope: place === 0 ? "row" : undefined, class: column.number && "number",
      }, column.cell(row))))))));
}

/** Rows as high as this, and the height beyond which a browser draws nothing more. */
const ROW = 36;
const TALLEST = 12_000_000;

/**
 * A list of up to millions of rows. `row(item)` gives an item's cells, `open(item)` opens one, `more()` is called near
 * the end. `j` and `k` and the arrows move, Enter opens.
 */
export class VirtualList {
  constructor({ label, columns, titles, row, open, more, height }) {
    Object.assign(this, { row, open, more, items: [], selected: -1, drawn: new Map() });
    this.space = el("div", { class: "list-space", role: "presentation" });
    this.box = el("div", {
      class: "list", role: "listbox", "aria-label": label, tabindex: "0", style: { "--list-height": height ?? "26rem" },
      onscroll: () => this.draw(), onkeydown: (event) => this.key(event),
    }, this.space);
    this.element = el("div", { style: { "--columns": columns } },
      el("div", { class: "list-head", "aria-hidden": "true" }, titles.map((title) => el("span", {}, title))), this.box);
    new ResizeObserver(() => this.draw()).observe(this.box);
  }

  /** Shows these items; the one that was chosen stays chosen. */
  set(items, { fresh } = {}) {
    const chosen = this.items[this.selected];
    const before = this.items[this.first ?? 0];
    const shift = fresh && this.box.scrollTop > 0 && before ? items.indexOf(before) - (this.first ?? 0) : 0;
    this.items = items;
    this.selected = chosen ? items.indexOf(chosen) : -1;
    this.fresh = fresh;
    this.redraw();
    // Whoever reads further down isn't moved by what comes above.
    if (shift > 0) this.box.scrollTop += (shift * ROW) / this.factor;
    this.fresh = undefined;
  }

  redraw() {
    this.space.replaceChildren();
    this.drawn.clear();
    this.space.style.setProperty("height", `${Math.min(TALLEST, this.items.length * ROW)}px`);
    this.draw();
  }

  /** Pixels of the whole list for one of its box: more than one where the box can't be as high as all rows. */
  get factor() {
    const height = this.items.length * ROW;
    const { clientHeight } = this.box;
    return height > TALLEST ? (height - clientHeight) / (TALLEST - clientHeight) : 1;
  }

  draw() {
    const { scrollTop, clientHeight } = this.box;
    const top = scrollTop * this.factor;
    const first = Math.max(0, Math.floor(top / ROW) - 4);
    const last = Math.min(this.items.length, Math.ceil((top + clientHeight) / ROW) + 4);
    for (const [place, made] of this.drawn) {
      if (place < first || place >= last) { made.remove(); this.drawn.delete(place); }
    }
    for (let place = first; place < last; place += 1) {
      let made = this.drawn.get(place);
      if (!made) {
        made = this.make(place);
        this.drawn.set(place, made);
        this.space.append(made);
      }
      made.style.setProperty("top", `${place * ROW - top + scrollTop}px`);
    }
    this.first = Math.max(0, Math.floor(top / ROW));
    if (this.more && last >= this.items.length - 20) this.more();
  }

  make(place) {
    const item = this.items[place];
    const isFresh = this.fresh?.has(item);
    return el("div", {
      class: `list-row${isFresh ? " fresh" : ""}`, role: "option", id: `row-${place}`,
      "aria-selected": String(place === this.selected), "aria-setsize": this.items.length, "aria-posinset": place + 1,
      onclick: () => { this.select(place); this.open(item); },
    }, this.row(item));
  }

  select(place) {
    if (!this.items.length) return;
    const next = Math.max(0, Math.min(this.items.length - 1, place));
    this.drawn.get(this.selected)?.setAttribute("aria-selected", "false");
    this.selected = next;
    const { factor, box } = this;
    const [top, seen] = [next * ROW, box.scrollTop * factor];
    if (top < seen) box.scrollTop = top / factor;
    if (top + ROW > seen + box.clientHeight) box.scrollTop = Math.ceil((top + ROW - box.clientHeight) / factor);
    this.draw();
    this.drawn.get(next)?.setAttribute("aria-selected", "true");
    this.box.setAttribute("aria-activedescendant", `row-${next}`);
  }

  /** Moves by a key; whether the key was one of its own. */
  key(event) {
    const page = Math.max(1, Math.floor(this.box.clientHeight / ROW) - 1);
    const steps = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    if (event.key in steps) {
      const step = steps[event.key];
      if (step === -Infinity) this.select(0);
      else if (step === Infinity) this.select(this.items.length - 1);
      else this.select(this.selected + step);
    } else if (event.key === "Enter" && this.items[this.selected]) {
      this.open(this.items[this.selected]);
    } else {
      return false;
    }
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
}
