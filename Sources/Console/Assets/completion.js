// What the editor completes: what the host, the words of specs and amounts offer, the keys of the policies that a file
// requires, and the fields of its own decisions.

/** What has members, as the editors' types declare it. */
export const HOST = {
  host: ["now", "random", "graph", "ledger", "limit", "token"],
  "host.ledger": ["balance", "post", "hold", "settle", "void"], "host.graph": ["metrics", "null_model", "network"],
  "host.token": ["sign"], "host.limit": ["take"],
  assert: ["equal", "not_equal", "same", "near", "is_true", "is_false", "is_nil", "is_not_nil", "has_error", "refused", "has_no_error"],
  generate: ["integer", "number", "boolean", "one_of", "string"],
};
export const AMOUNT = ["asset", "minor", "convert", "ratio", "shares"];
export const WORDS = ["local", "function", "return", "if", "then", "elseif", "else", "end", "for", "in", "do", "while", "and", "or",
  "not", "nil", "true", "false", "require", "ipairs", "pairs", "error", "tostring", "tonumber", "string", "table", "math",
  "amount", "account", "note", "describe", "it", "pending", "before_each", "after_each", "cases", "each", "property", "decide",
  "explain", "with_policy"];

/** What may follow what is typed, `input.am`; `tables` have the members of names, and `names` stand in the file. */
export function offered(typed, { tables, names }) {
  const dot = Math.max(typed.lastIndexOf("."), typed.lastIndexOf(":"));
  const begun = typed.slice(dot + 1);
  const known = { ...HOST, ...tables };
  const list = dot < 0 ? [...WORDS, ...Object.keys(known).filter((name) => !name.includes(".")), ...names] : known[typed.slice(0, dot)] ?? [];
  return [...new Set(list)].filter((word) => word.startsWith(begun) && word !== begun).sort();
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

/** How deep the fields of a schema are followed. */
const DEPTH = 5;

/** The fields of the decisions of a file's own plugin, else of all: `input.amount`, and `result` as specs call it. */
export function schemaTables(decisions, path) {
  const plugin = /^plugins\/([^/]+)\//.exec(path)?.[1];
  const own = decisions.filter((one) => one.plugin === plugin);
  const tables = {};
  const put = (base, schema, depth) => {
    for (const form of schema?.anyOf ?? []) put(base, form, depth);
    const isAmount = schema?.oneOf?.some((form) => form.properties?.asset && form.properties?.minor);
    const fields = isAmount ? AMOUNT : Object.keys(schema?.properties ?? {});
    if (!fields.length) return;
    tables[base] = [...new Set([...(tables[base] ?? []), ...fields])];
    if (isAmount || depth === DEPTH) return;
    for (const name of fields) put(`${base}.${name}`, schema.properties[name], depth + 1);
  };
  for (const decision of own.length ? own : decisions) {
    put("input", decision.input, 1);
    put("result", decision.output, 1);
  }
  return tables;
}
