// Asks the host. The session is two halves: a cookie that no script can read, and what this page keeps and sends with
// every request. Neither is worth anything alone.
const PAGE_HALF = "cascade-session";

/** What went wrong, as the host said it. */
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || `the host answered ${status}`);
    this.status = status;
    this.code = body.code || "";
    this.errors = body.errors || [];
  }
}

export const session = {
  get half() { return sessionStorage.getItem(PAGE_HALF); },
  keep(half) { sessionStorage.setItem(PAGE_HALF, half); },
  forget() { sessionStorage.removeItem(PAGE_HALF); },
};

/** JSON in which whole numbers that a float can't hold are BigInt: no amount goes through a float. */
export function parse(text) {
  return JSON.parse(text, (_, value, context) =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "")
      ? BigInt(context.source) : value);
}

/** The text of a value, BigInt included. */
export function print(value, indent) {
  const raw = JSON.rawJSON ? (number) => JSON.rawJSON(String(number)) : String;
  return JSON.stringify(value, (_, item) => (typeof item === "bigint" ? raw(item) : item), indent);
}

export async function request(path, options = {}) {
  const headers = { ...options.headers };
  if (session.half && !headers.authorization) headers["x-cascade-session"] = session.half;
  if (options.json !== undefined) headers["content-type"] = "application/json";
  return fetch(path, {
    method: options.method ?? (options.json === undefined ? "GET" : "POST"), headers, signal: options.signal,
    body: options.json === undefined ? options.body : print(options.json), cache: "no-store",
    credentials: "same-origin", redirect: "error",
  });
}

/** The answer's body: JSON, or text. Throws a Problem. */
export async function ask(path, options = {}) {
  let response;
  try {
    response = await request(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { detail: "the host doesn't answer; this page tries again" });
  }
  const text = await response.text();
  const body = (response.headers.get("content-type") || "").includes("json") ? parse(text) : text;
  if (response.ok) return body;
  const problem = new Problem(response.status, typeof body === "object" ? body : {});
  if (response.status === 401) document.dispatchEvent(new CustomEvent("signed-out", { detail: problem.message }));
  throw problem;
}

/** The same, and nil where this host has no such route or thing. */
export async function askIfThere(path, options = {}) {
  try {
    return await ask(path, options);
  } catch (problem) {
    if (problem.status === 404 || problem.status === 405) return null;
    throw problem;
  }
}

/** Opens a session for a code or an operator's token. */
export async function open({ code, token }) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  session.forget();
  const answer = await ask("/v1/console/session", { json: code ? { code } : {}, headers });
  session.keep(answer.session);
}

export const query = (path, parameters) => {
  const text = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined && value !== ""));
  return text.size ? `${path}?${text}` : path;
};
