// Elements, and how times, amounts and names are written. Text from outside goes in as text, never as markup.
const SVG = "http://www.w3.org/2000/svg";

function build(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "style") for (const [key, text] of Object.entries(value)) made.style.setProperty(key, text);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child))));
  return made;
}

/** An element: `el("p", { class: "soft" }, "text", child)`. */
export const el = (name, attributes, ...children) => build(document.createElement(name), attributes, children);
export const svg = (name, attributes, ...children) =>
  build(document.createElementNS(SVG, name), attributes, children);
export const at = (id) => document.getElementById(id);
export const fill = (place, ...children) => {
  const made = build(document.createDocumentFragment(), {}, children);
  (typeof place === "string" ? at(place) : place).replaceChildren(made);
};

/** A moment: UTC on the page, local time on hover. `milliseconds` since 1970. */
export function time(milliseconds, withDay = true) {
  const moment = new Date(Number(milliseconds));
  if (Number.isNaN(moment.getTime())) return el("span", {}, "–");
  const text = moment.toISOString();
  return el("time", { datetime: text, title: `${moment.toLocaleString()} local time` },
    withDay ? `${text.slice(0, 10)} ${text.slice(11, 19)}` : text.slice(11, 23));
}

/** The ledger's nanoseconds as a moment. */
export const ledgerTime = (nanoseconds, withDay = true) => time(BigInt(nanoseconds) / 1_000_000n, withDay);

/** Minor units with the scale of the asset's name, exact: `1 234.50 DUC`. */
export function amountText(minor, asset) {
  const [name, scale] = String(asset ?? "").split("/");
  const digits = Number(scale ?? 0);
  const units = BigInt(minor ?? 0);
  const text = (units < 0n ? -units : units).toString().padStart(digits + 1, "0");
  const whole = text.slice(0, text.length - digits).replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const rest = digits ? "." + text.slice(-digits) : "";
  return `${units < 0n ? "\u2212" : ""}${whole}${rest}${name ? "\u00a0" + name : ""}`;
}
export const amount = (minor, asset) => el("span", { class: "amount" }, amountText(minor, asset));
export const isAmount = (value) =>
  value !== null && typeof value === "object" && typeof value.asset === "string" && value.minor !== undefined;

/** A change with its sign, which says the direction beside any colour. */
export const delta = (minor, asset) =>
  (BigInt(minor) > 0n ? "+" : "") + amountText(minor, asset);

export const count = (number) => Number(number).toLocaleString("en").replaceAll(",", "\u202f");
export const shortDigest = (digest) => String(digest ?? "").replace(/^(sha256:)?([0-9a-f]{12}).*$/, "$2…");
export const duration = (nanoseconds) => {
  const value = Number(nanoseconds);
  if (value >= 1e9) return `${(value / 1e9).toFixed(2)} s`;
  return value >= 1e6 ? `${(value / 1e6).toFixed(1)} ms` : `${Math.round(value / 1e3)} µs`;
};
export const pill = (text, kind, sign) => el("span", { class: `pill ${kind ?? ""}` }, sign ? `${sign} ` : "", text);

/** A short text for a value in a line of a list. */
export function brief(value) {
  if (value === null || value === undefined) return "–";
  if (isAmount(value)) return amountText(value.minor, value.asset);
  if (Array.isArray(value)) return `${value.length} ${value.length === 1 ? "item" : "items"}`;
  if (typeof value === "object") {
    return Object.entries(value).map(([name, item]) => `${name} ${brief(item)}`).join(", ");
  }
  return String(value);
}

/** A list of pairs. */
export const facts = (pairs) => el("dl", { class: "facts" },
  pairs.filter(Boolean).map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));

/** A page without anything says what to do. */
export const empty = (title, ...what) =>
  el("div", { class: "empty" }, el("strong", {}, title), what.map((text) => el("span", {}, text)));

export const note = (kind, ...children) => el("div", { class: `note ${kind}` }, children);

/** What the address says, and the same with changes: the state of a page stands in its address. */
export const address = {
  get: (name) => new URLSearchParams(location.search).get(name) ?? "",
  set(changes, isNew = false) {
    const all = new URLSearchParams(location.search);
    for (const [name, value] of Object.entries(changes)) {
      if (value === "" || value === null || value === undefined) all.delete(name); else all.set(name, value);
    }
    const text = location.pathname + (all.size ? `?${all}` : "");
    history[isNew ? "pushState" : "replaceState"](null, "", text);
  },
};

export function later(milliseconds, body) {
  let timer;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => body(...values), milliseconds);
  };
}
