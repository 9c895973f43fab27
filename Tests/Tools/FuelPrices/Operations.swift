/// One operation of the rules' language, repeated.
struct Operation {
  var name: String
  /// Lua that stands before the loop.
  var before = ""
  /// Lua that the loop repeats, with `i` counting from 1.
  var body: String
  /// Lua at the top of the plugin's file, frozen when the decision runs.
  var top = ""
  /// JSON that is repeated in a list as the input's `x`, or with a number before it in an object; nothing for others,
  /// which repeat their body.
  var items: Items?
  /// What the decision gives.
  var result = "{}"

  enum Items {
    case list(String)
    case object(String)

    /// The decision's input with so many of them.
    func input(_ count: Int) -> String {
      switch self {
      case .list(let item): "{\"x\":[" + Array(repeating: item, count: count).joined(separator: ",") + "]}"
      case .object(let item): "{\"x\":{" + (0..<count).map { "\"\($0)\(item)" }.joined(separator: ",") + "}}"
      }
    }
  }

  init(_ name: String, items: Items, result: String = "{}") {
    (self.name, self.body, self.items, self.result) = (name, "", items, result)
  }

  init(_ name: String, top: String = "", before: String = "", _ body: String) {
    self.name = name
    self.top = top
    self.before = before
    self.body = body
  }

  /// What all others are held against: plain instructions.
  static let plain = [
    Operation("empty loop", ""),
    Operation("integer arithmetic", before: "local a = 1", "a = (a + i) * 3 // 2 - i % 7"),
    Operation("float arithmetic", before: "local a = 1.5", "a = (a + i) * 0.5 / 1.25 - 0.5"),
    Operation("local call", before: "local function f(x) return x end", "f(i)"),
    Operation("field read", before: "local t = { a = 1 } local s = 0", "s = s + t.a"),
    Operation("branch", before: "local s = 0", "if i & 1 == 0 then s = s + 1 else s = s - 1 end"),
  ]

  static let tables = [
    Operation("field write", before: "local t = {}", "t.a = i"),
    Operation("append", before: "local t = {}", "t[#t + 1] = i"),
    Operation("append by index", before: "local t = {}", "t[i] = i"),
    Operation("length", before: "local t = {} for k = 1, 10000 do t[k] = k end local s", "s = #t"),
    Operation("empty table", "local t = {}"),
    Operation("tables in tables", "local t = { { { { {} } } } }"),
    Operation("getmetatable", before: "local t = setmetatable({}, {})", "getmetatable(t)"),
    Operation("small record", "local t = { a = i, b = i, c = i }"),
    Operation("small list", "local t = { i, i, i, i }"),
    Operation("closure", "local f = function() return i end"),
    Operation(
      "closure of 20 locals",
      """
      local a, b, c, d, e, f, g, h, j, k = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
      local a2, b2, c2, d2, e2, f2, g2, h2, j2, k2 = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
      local all = function()
        return { a, b, c, d, e, f, g, h, j, k, a2, b2, c2, d2, e2, f2, g2, h2, j2, k2 }
      end
      """),
    Operation(
      "a function that holds 180 locals",
      before: "local \(locals) = \(ones) local function all() return \(sum) end",
      "local f = function() return \(sum) end"),
    Operation("an error in a long function", before: long("local r = ({}).b.c"), "pcall(f)"),
    Operation("a wrong argument in a long function", before: long("string.rep()"), "pcall(f)"),
    Operation(
      "keys that collide", before: "local t = {} for k = 1, 500 do t[k * 511] = k end local s",
      "for k = 1, 500 do s = t[k * 511] end"),
    Operation("new keys that collide", "local t = {} for k = 1, 500 do t[k * 511] = k end"),
    Operation(
      "floats that collide", before: "local t = {} for k = 1, 500 do t[k * 511 + 0.5] = k end local s",
      "for k = 1, 500 do s = t[k * 511 + 0.5] end"),
    Operation("100 locals", "local " + (1...100).map { "a\($0)" }.joined(separator: ", ")),
    Operation(
      "180 arguments that lack", before: "local function f(\((1...180).map { "a\($0)" }.joined(separator: ", "))) end",
      "f()"),
    Operation(
      "a chain of 100 __call",
      before: """
        local last = function() end
        for _ = 1, 100 do last = setmetatable({}, { __call = last }) end
        """, "last()"),
    Operation(
      "a chain of 100 __call with 1000 arguments",
      before: """
        local last = function() end
        for _ = 1, 100 do last = setmetatable({}, { __call = last }) end
        local t = {} for k = 1, 1000 do t[k] = k end
        """, "last(table.unpack(t))"),
    Operation(
      "a chain of 100 __newindex",
      before: """
        local first = {}
        for _ = 1, 100 do first = setmetatable({}, { __newindex = first }) end
        """, "first.x = 1 first.x = nil"),
    Operation(
      "deep recursion", before: "local function f(n) if n > 0 then return 1 + f(n - 1) end return 0 end", "f(1000)"),
    Operation("string keys", before: "local t = {}", "t['key ' .. i] = i"),
    Operation(
      "rehash at each key", before: "local t = {} for k = 1, 4096 do t['k' .. k] = k end local last = 4096",
      "t['k' .. last] = nil last = last + 1 t['k' .. last] = i"),
    Operation(
      "a chain of 100 __index",
      before: """
        local first = { x = 1 }
        for _ = 1, 100 do first = setmetatable({}, { __index = first }) end local s
        """, "s = first.x"),
    Operation(
      "__index of a function", before: "local t = setmetatable({}, { __index = function(_, k) return k end }) local s",
      "s = t.x"),
    Operation("frozen read", top: "local policy = { rate = 1 }", before: "local s", "s = policy.rate"),
    Operation("method of text", before: "local s = 'text' local r", "r = s.len"),
    Operation(
      "varargs of 200",
      before: "local t = {} for k = 1, 200 do t[k] = k end local function f(...) return ... end", "f(table.unpack(t))"),
    Operation(
      "varargs of 4000",
      before: """
        local t = {} for k = 1, 4000 do t[k] = k end
        local function g(...) for _ = 1, 50 do select("#", ...) end end
        """, "g(table.unpack(t))"),
    Operation("pcall", before: "local function f() end", "pcall(f)"),
    Operation("error caught", before: "local function f() error('x') end", "pcall(f)"),
    Operation("error caught under many calls", before: deep, "deep(2000, function() pcall(error, 'x', 0) end)"),
    Operation("error of a far caller", before: deep, "deep(2000, function() pcall(error, 'x', 2000) end)"),
    Operation("setmetatable", before: "local m = {}", "setmetatable({}, m)"),
    Operation("closing", before: "local m = setmetatable({}, { __close = function() end })", "local x <close> = m"),
  ]

  private static let locals = (1...180).map { "v\($0)" }.joined(separator: ", ")
  private static let ones = (1...180).map { _ in "1" }.joined(separator: ", ")
  private static let sum = (1...180).map { "v\($0)" }.joined(separator: " + ")

  private static let deep =
    "local function deep(n, f) if n == 0 then f() return 0 end return 1 + deep(n - 1, f) end"

  /// A function of many instructions that are passed over, and then does this.
  private static func long(_ body: String) -> String {
    let skipped = String(repeating: "t.a = 1 ", count: 6000)
    return "local function f(skipped) if skipped then local t = {} \(skipped) end \(body) end"
  }

  static let texts = [
    Operation("integer ..", "local s = i .. ''"),
    Operation("float ..", "local s = (i + 0.1) .. ''"),
    Operation("short ..", before: "local a = ('x'):rep(30)", "local s = a .. i % 7"),
    Operation("middle ..", before: "local a = ('x'):rep(900)", "local s = a .. 'y'"),
    Operation(
      "of 30 ..", before: "local a = 'x'", "local s = " + Array(repeating: "a", count: 30).joined(separator: " .. ")),
    Operation("long ..", before: "local a = ('x'):rep(100000)", "local s = a .. 'y'"),
    Operation("tostring of integers", "tostring(i)"),
    Operation("tostring of floats", "tostring(i + 0.1)"),
    Operation("tonumber", "tonumber('12.5')"),
    Operation("tonumber of spaces", before: "local s = (' '):rep(100000) .. '1'", "tonumber(s)"),
    Operation("tonumber to a base", before: "local s = ('1'):rep(100000)", "tonumber(s, 2)"),
    Operation(
      "long texts equal", before: "local a, b = ('x'):rep(100000), ('x'):rep(50000) b = b .. b local r", "r = a == b"),
    Operation("long texts ordered", before: "local a = ('x'):rep(100000) local b = a .. 'y' local r", "r = a < b"),
    Operation(
      "texts of zeros ordered", before: "local a = ('\\0'):rep(100000) local b = a .. 'y' local r", "r = a < b"),
    Operation("long keys", before: "local t, a = {}, ('x'):rep(10000)", "t[a .. i] = 1 t[a .. i] = nil"),
    Operation("rep", "('x'):rep(1000)"),
    Operation("sub", before: "local s = ('abc'):rep(100)", "s:sub(2, -2)"),
    Operation("upper", before: "local s = ('abc'):rep(100)", "s:upper()"),
    Operation("byte", before: "local s = 'abcdef'", "s:byte(1, -1)"),
    Operation("char", "string.char(65, 66, 67)"),
    Operation("bytes of a long text", before: "local s = ('abc'):rep(1000)", "s:byte(1, -1)"),
    Operation("code points of a long text", before: "local s = ('ä'):rep(1000)", "utf8.codepoint(s, 1, -1)"),
    Operation("reverse", before: "local s = ('abc'):rep(100)", "s:reverse()"),
    Operation("find plain", before: "local s = ('abc'):rep(1000) .. 'd'", "s:find('d', 1, true)"),
    Operation("find", before: "local s = ('abc'):rep(100)", "s:find('a-d')"),
    Operation("match", before: "local s = 'key = value'", "s:match('^(%w+)%s*=%s*(%w+)$')"),
    Operation("gmatch", before: "local s = ('ab '):rep(30)", "for w in s:gmatch('%a+') do end"),
    Operation("gsub", before: "local s = ('ab '):rep(30)", "s:gsub('%a+', '%0%0')"),
    Operation("find by a long set", before: "local s, p = '1', '[' .. ('%a'):rep(20000) .. ']'", "s:find(p)"),
    Operation("find by a long border", before: "local s, p = '1', '%f[' .. ('%a'):rep(20000) .. ']'", "s:find(p)"),
    Operation("find by a long text", before: "local s, p = 'abc', ('z'):rep(100000)", "s:find(p)"),
    Operation(
      "find what is nearly there", before: "local s, p = ('a'):rep(100000), 'b' .. ('a'):rep(60)",
      "s:find(p, 1, true)"),
    Operation("tonumber of a hard number", "tonumber('2.2250738585072011e-308')"),
    Operation("gsub of a set", before: "local s = ('ab '):rep(30)", "s:gsub('[^%a]', '')"),
    Operation("format %d", "string.format('%d', i)"),
    Operation("format %s", "string.format('%s', i)"),
    Operation("format %.3f", "string.format('%.3f', i + 0.1)"),
    Operation("format %99.99f", "string.format('%99.99f', 1e300)"),
    Operation("format %g", "string.format('%.17g', i + 0.1)"),
    Operation("format %a", "string.format('%a', i + 0.1)"),
    Operation("format %q", before: "local s = ('abc'):rep(100)", "string.format('%q', s)"),
    Operation(
      "format %q of zeros", before: "local s = ('\\0'):rep(1000)", "string.format('%q', s)"),
    Operation("format %5s", "string.format('%5s%5s%5s%5s', 'a', 'b', 'c', 'd')"),
    Operation("format %99s", "string.format('%99s', 'a')"),
    Operation("pack", "string.pack('i4d', i, i)"),
    Operation("unpack", before: "local s = string.pack('i4d', 1, 2)", "string.unpack('i4d', s)"),
    Operation("unpack of many", before: "local f, s = ('i1'):rep(100), ('a'):rep(100)", "string.unpack(f, s)"),
    Operation("packsize", "string.packsize('i4dh')"),
    Operation("pack by many letters", before: "local f = ('<'):rep(10000)", "string.pack(f)"),
    Operation("packsize by many letters", before: "local f = ('i8'):rep(10000)", "string.packsize(f)"),
    Operation(
      "unpack by many letters", before: "local f, s = ('x'):rep(10000), ('a'):rep(10000)", "string.unpack(f, s)"),
    Operation("format of many letters", before: "local f = ('%%'):rep(10000)", "string.format(f)"),
    Operation("amount of a long text", before: "local s = ('0'):rep(100000)", "pcall(amount, s)"),
    Operation("error of a long text", before: "local s = (':1'):rep(50000)", "pcall(error, s, 0)"),
    Operation("utf8.char", "utf8.char(228, 8364)"),
    Operation("utf8.len", before: "local s = ('ä'):rep(1000)", "utf8.len(s)"),
    Operation("utf8.codepoint", before: "local s = ('ä'):rep(10)", "utf8.codepoint(s, 1, -1)"),
    Operation("utf8.codes", before: "local s = ('ä'):rep(10)", "for _ in utf8.codes(s) do end"),
    Operation("utf8.offset", before: "local s = ('ä'):rep(1000)", "utf8.offset(s, 900)"),
  ]

  static let walks = [
    Operation("pairs", before: "local t = {} for k = 1, 20 do t['k' .. k] = k end", "for _ in pairs(t) do end"),
    Operation("pairs of a list", before: "local t = {} for k = 1, 20 do t[k] = k end", "for _ in pairs(t) do end"),
    Operation(
      "pairs of many", before: "local t = {} for k = 1, 5000 do t['k' .. k] = k end", "for _ in pairs(t) do end"),
    Operation(
      "pairs of an emptied table",
      before: "local t = {} for k = 1, 5000 do t['k' .. k] = k end for k = 1, 5000 do t['k' .. k] = nil end",
      "for _ in pairs(t) do end"),
    Operation(
      "pairs of long keys", before: "local z, t = ('z'):rep(100000), {} for k = 1, 16 do t[z .. k * 7 % 16] = k end",
      "for _ in pairs(t) do end"),
    Operation("pairs of nothing", before: "local t = {}", "for _ in pairs(t) do end"),
    Operation("ipairs", before: "local t = {} for k = 1, 20 do t[k] = k end", "for _ in ipairs(t) do end"),
    Operation(
      "pairs of keys that collide", before: "local t = {} for k = 1, 500 do t[k * 511] = k end",
      "for _ in pairs(t) do end"),
    Operation(
      "pairs of a table that loading emptied",
      top: "local t = {} for k = 1, 5000 do t['k' .. k] = k end for k = 1, 5000 do t['k' .. k] = nil end",
      "for _ in pairs(t) do end"),
    Operation("next", before: "local t = { a = 1, b = 2 }", "next(t)"),
    Operation(
      "next of a list that grew at once",
      before: """
        local many, key = {}, {} for k = 1, 4000 do many[k] = k end
        local t = { [key] = 1, table.unpack(many) } t[key] = nil for k = 1, 4000 do t[k] = nil end
        """, "next(t)"),
    Operation(
      "next of an emptied table",
      before: "local t = {} for k = 1, 5000 do t['k' .. k] = k end for k = 1, 5000 do t['k' .. k] = nil end",
      "next(t)"),
    Operation("sort", before: "local t = {} for k = 1, 100 do t[k] = (k * 7919) % 101 end", "table.sort(t)"),
    Operation(
      "sort of texts", before: "local t = {} for k = 1, 100 do t[k] = 'k' .. (k * 7919) % 101 end",
      "table.sort({ table.unpack(t) })"),
    Operation(
      "sort with a comparator", before: "local t = {} for k = 1, 100 do t[k] = (k * 7919) % 101 end",
      "table.sort(t, function(a, b) return a > b end)"),
    Operation(
      "insert and remove", before: "local t = {} for k = 1, 20 do t[k] = k end",
      "table.insert(t, 1, i) table.remove(t, 1)"),
    Operation("insert at the end", before: "local t = {}", "table.insert(t, i)"),
    Operation("concat", before: "local t = {} for k = 1, 20 do t[k] = 'k' .. k end", "table.concat(t, ',')"),
    Operation("concat of floats", before: "local t = {} for k = 1, 20 do t[k] = k + 0.1 end", "table.concat(t, ',')"),
    Operation("unpack", before: "local t = {} for k = 1, 20 do t[k] = k end", "table.unpack(t)"),
    Operation("pack", "table.pack(i, i, i)"),
    Operation("move", before: "local t = {} for k = 1, 20 do t[k] = k end", "table.move(t, 1, 20, 2, {})"),
    Operation("select", before: "local function f(...) return select(2, ...) end", "f(i, i, i)"),
  ]

  static let numbers = [
    Operation("power", before: "local s", "s = (i + 0.5) ^ 1.3"),
    Operation("power near 1", before: "local s", "s = (1 + 1e-15 * i) ^ 1e15"),
    Operation("exp", "math.exp(i / 1000)"), Operation("log", "math.log(i + 0.5)"),
    Operation("log to 3", "math.log(i + 0.5, 3)"), Operation("sin", "math.sin(i * 0.37)"),
    Operation("sin of the largest", "math.sin(1e300 * i)"), Operation("cos", "math.cos(i * 0.37)"),
    Operation("tan", "math.tan(i * 0.37)"), Operation("atan", "math.atan(i, 3)"),
    Operation("asin", "math.asin(1 / i)"), Operation("acos", "math.acos(1 / i)"),
    Operation("sqrt", "math.sqrt(i)"), Operation("floor", "math.floor(i + 0.5)"),
    Operation("fmod", "math.fmod(1e300, i + 0.1)"),
    Operation("%% of floats", before: "local s", "s = 1e300 % (i + 0.1)"),
    Operation("max", "math.max(i, 3, 5)"), Operation("tointeger", "math.tointeger(i)"),
    Operation("random", "host.random(1, 100)"),
    Operation("now", before: "local s", "s = host.now"),
  ]

  static let values = [
    Operation("integers read", items: .list("12345")), Operation("floats read", items: .list("0.12345678901234567")),
    Operation("texts read", items: .list("\"abc\"")), Operation("records read", items: .list("{\"a\":1,\"b\":2}")),
    Operation("longer texts read", items: .list("\"" + String(repeating: "x", count: 60) + "\"")),
    Operation("empty lists read", items: .list("[]")), Operation("empty records read", items: .list("{}")),
    Operation("nested lists read", items: .list("[[[[1]]]]")), Operation("fields read", items: .object("abc\":true")),
    Operation("nulls read", items: .object("abc\":null")),
    Operation("integers written", items: .list("12345"), result: "input"),
    Operation("floats written", items: .list("0.12345678901234567"), result: "input"),
    Operation("texts written", items: .list("\"\\u0001\\u0002\\n\""), result: "input"),
    Operation("records written", items: .list("{\"a\":1,\"b\":2}"), result: "input"),
    Operation("empty lists written", items: .list("[]"), result: "input"),
    Operation("fields written", items: .object("abc\":true"), result: "input"),
    Operation("nested lists written", items: .list("[[[[1]]]]"), result: "input"),
  ]

  static let amounts = [
    Operation("amount of text", "amount('97.50 USD/2')"), Operation("amount of minor", "amount('USD/2', i)"),
    Operation("amount of a table", before: "local t = { asset = 'USD/2', minor = 1 }", "amount(t)"),
    Operation("sum", before: "local a, b = amount('USD/2', 1), amount('USD/2', 2) local s", "s = a + b"),
    Operation("ordered", before: "local a, b = amount('USD/2', 1), amount('USD/2', 2) local s", "s = a < b"),
    Operation("equal", before: "local a, b = amount('USD/2', 1), amount('USD/2', 1) local s", "s = a == b"),
    Operation("minor", before: "local a = amount('USD/2', 1) local s", "s = a.minor"),
    Operation("text of an amount", before: "local a = amount('USD/2', 1)", "tostring(a)"),
    Operation(
      "convert", before: "local a = amount('USD/2', 12345) local n, d = { '0.025' }, {}",
      "a:convert('USD/2', n, d, 'ceil')"),
    Operation(
      "convert by 8 and 8",
      before: """
        local a = amount('USD/2', 9007199254740993)
        local f = '123456789.123456789' local n = { f, f, f, f, f, f, f, f }
        """, "a:convert('USD/2', n, n, 'half_even')"),
    Operation(
      "convert to 99 decimals",
      before: "local a, n, d = amount('X/99', 1234567890123), { '9' }, { '0.00000000000000007' }",
      "a:convert('X', n, d, 'floor')"),
  ]

  static let all: [(group: String, operations: [Operation])] = [
    ("plain", plain), ("tables and calls", tables), ("texts", texts), ("walks", walks), ("numbers", numbers),
    ("amounts", amounts), ("input and output", values),
  ]
}
