/// What to use instead of what other Lua programs, and other languages, have and a rule has not.
enum SandboxAdvice {
  private static let instead: [String: String] = [
    "print": "a rule writes nothing: return what matters, or look at it in a spec",
    "io": "a rule reads no files: take what it needs in its input, or from a policy",
    "os": "the time is host.now, in milliseconds; a rule has nothing else of the system",
    "load": "rules come from files only: require them", "loadstring": "rules come from files only: require them",
    "dofile": "rules come from files only: require them", "loadfile": "rules come from files only: require them",
    "coroutine": "a rule runs from start to end: call functions", "debug": "a failure shows its lines by itself",
    "collectgarbage": "a decision's memory is cleared for it", "package": "require finds files by their place",
    "rawget": "read the table with t[key]", "rawset": "write the table with t[key] = value",
    "rawequal": "compare with ==", "rawlen": "take the length with #", "unpack": "use table.unpack",
    "_G": "a rule has no globals of its own: return them from a file and require it",
    "_ENV": "a rule has no globals of its own: return them from a file and require it",
    "null": "write nil", "None": "write nil", "undefined": "write nil", "NULL": "write nil", "True": "write true",
    "False": "write false", "self": "name it as a parameter, or write the function with ':'",
    "this": "name the table instead", "continue": "turn the condition round", "var": "write local",
    "let": "write local",
    "list": "a list in a schema is written { list = \"string\" }",
    "map": "a map in a schema is written { map = \"string\" }",
    "record": "a record in a schema is written { record = { name = \"string\" } }",
    "enum": "options in a schema are written { enum = { \"gift\", \"plain\" } }",
    "any_of": "alternatives in a schema are written { any_of = { \"string\", \"integer\" } }",
    "const": "write local", "len": "take the length with #", "typeof": "use type", "str": "use tostring",
    "int": "use math.tointeger",
    "string.dump": "functions can't be written down: keep them in a module and require that",
    "assert.equals": "write assert.equal", "assert.are": "write assert.equal, or assert.same for tables",
    "assert.is": "write assert.is_true, assert.is_nil, …", "assert.is_equal": "write assert.equal",
    "assert.are_equal": "write assert.equal", "assert.are_same": "write assert.same",
    "assert.truthy": "write assert(…), or assert.is_true", "assert.falsy": "write assert.is_false or assert.is_nil",
    "assert.error": "write assert.has_error", "assert.has_errors": "write assert.has_error",
    "assert.is_table": "write assert.equal(\"table\", type(…))", "assert.throws": "write assert.has_error",
    "string.split": "go over the parts with string.gmatch", "string.trim": "use text:match(\"^%s*(.-)%s*$\")",
    "string.length": "use string.len or #", "table.getn": "take the length with #",
    "table.maxn": "take the length with #", "table.foreach": "write for key, value in pairs(t) do",
    "table.length": "take the length with #", "table.contains": "go over it with ipairs, or keep a set by key",
    "math.random": "use host.random(), which is the same again when the decision is replayed",
    "math.randomseed": "host.random() is seeded by the decision's id", "math.pow": "write a ^ b",
    "math.round": "use math.floor(x + 0.5)", "math.mod": "write a % b",
  ]

  /// What to do instead of using this global, or member of a library; nil when nobody knows.
  static func instead(of name: String) -> String? { instead[name] }

  /// The names that there is advice for.
  static var names: [String] { Array(instead.keys) }
}
