internal import Core
internal import LuaRuntime
internal import Testing

/// Fuel stands for time: what works long within one instruction costs more than one. What a unit takes is measured by
/// `FuelPrices`; here is what it measured once, in units.
struct SandboxPriceTests {
  /// The fuel of `body` run `count` times, less that of an empty loop.
  private func fuel(_ body: String, before: String = "", count: Int = 1000) throws -> Int {
    func cost(_ body: String) throws -> Int {
      let answer = try Rules("\(before) for i = 1, \(count) do \(body) end return 1")
        .decide(limits: RunLimits(fuel: 1 << 40, deadline: .seconds(20)))
      try #require(answer.code == "ok", "\(answer.message)")
      return Int(answer.cost.fuel)
    }
    return try cost(body) - cost("")
  }

  @Test(arguments: [
    ("amounts that are compared", "local a, b = amount('USD/2', 1), amount('USD/2', 1)", "local s = a == b", 7),
    ("the length of a long list", "local t = {} for k = 1, 10000 do t[k] = k end", "local s = #t", 4),
    ("the least key", "local t = { a = 1, b = 2 }", "next(t)", 30),
    ("a walk over nothing", "local t = {}", "for _ in pairs(t) do end", 10),
    ("a step of ipairs", "local t = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }", "for _ in ipairs(t) do end", 24),
    ("a power", "", "local s = (i + 0.5) ^ 1.3", 280),
    ("a function", "", "local f = function() return i end", 4),
    (
      "a function that holds 10 locals", "",
      "local a, b, c, d, e, f, g, h, j, k = i local z = function() return a, b, c, d, e, f, g, h, j, k end", 13
    ),
    ("a text of 900 bytes", "local a = ('x'):rep(900)", "local s = a .. 'y'", 55),
    ("a text of 50 bytes", "local a = ('x'):rep(50)", "local s = a .. 'y'", 5),
    (
      "100 values that are called in a function's place",
      "local f = function() end for _ = 1, 100 do f = setmetatable({}, { __call = f }) end", "f()", 300
    ),
    (
      "arguments that move up",
      """
      local f = function() end for _ = 1, 100 do f = setmetatable({}, { __call = f }) end
      local t = {} for k = 1, 1000 do t[k] = k end
      """, "f(table.unpack(t))", 7_000
    ),
    ("a number that is read", "", "tonumber('12.5')", 12),
    ("an error's long text", "local s = (':1'):rep(50000)", "pcall(error, s, 0)", 30),
    ("an amount's long text", "local s = ('0'):rep(100000)", "pcall(amount, s)", 6250),
    ("a format of letters that pack", "local f = ('<'):rep(10000)", "string.pack(f)", 5000),
    ("a format of letters that measure", "local f = ('i8'):rep(10000)", "string.packsize(f)", 10_000),
    (
      "a format of letters that unpack", "local f, s = ('x'):rep(10000), ('a'):rep(10000)", "string.unpack(f, s)", 5000
    ),
    (
      "a walk over long keys", "local z, t = ('z'):rep(100000), {} for k = 1, 8 do t[z .. k] = k end",
      "for _ in pairs(t) do end", 40_000
    ),
    ("tables in tables", "", "local t = { { { { {} } } } }", 14),
    ("bytes of a long text", "local s = ('abc'):rep(1000)", "s:byte(1, -1)", 750),
    ("texts that are filled up", "", "('%5s%-5s'):format('a', 'b')", 26),
    ("bytes that are quoted as numbers", "local s = ('\\0'):rep(1000)", "('%q'):format(s)", 6000),
    ("many short values that are unpacked", "local f, s = ('i1'):rep(100), ('a'):rep(100)", "f:unpack(s)", 190),
    ("a move", "local t = {} for k = 1, 20 do t[k] = k end", "table.move(t, 1, 20, 2, {})", 60),
  ])
  func `what takes long costs more than its instructions`(
    name: String, before: String, body: String, least: Int
  ) throws {
    let count = 200, each = try fuel(body, before: before, count: count) / count
    #expect(each >= least && each <= 3 * least, "\(name): \(each)")
  }

  @Test(arguments: [
    (#"{"a":1,"b":2}"#, 18), ("[]", 8), ("{}", 8), ("[[[[1]]]]", 36), (#"{"a":null}"#, 13), (#""abc""#, 2),
    ("\"" + String(repeating: "x", count: 600) + "\"", 70),
  ])
  func `each value of an input costs before it is made`(item: String, least: Int) throws {
    func cost(_ count: Int) throws -> Int {
      let list = Array(repeating: item, count: count).joined(separator: ",")
      let answer = try Rules("return 1").decide("{\"x\":[\(list)]}", limits: .patient)
      return Int(answer.cost.fuel)
    }
    #expect(try cost(300) - cost(100) >= least * 200)
  }

  @Test(arguments: [("0.1 + i", 5), ("{}", 6), ("'\\1\\2\\3'", 2), ("{ a = 1 }", 20), ("('é'):rep(100)", 100)])
  func `each value of a result costs before it is written`(value: String, least: Int) throws {
    func cost(_ result: String) throws -> Int {
      let answer = try Rules("local t = {} for i = 1, 200 do t[i] = \(value) end return \(result)").decide()
      try #require(answer.code == "ok", "\(answer.message)")
      return Int(answer.cost.fuel)
    }
    #expect(try cost("t") - cost("#t") >= least * 200)
  }

  @Test func `each field that a schema has costs, given or not`() throws {
    func cost(_ fields: Int) throws -> Int {
      let record = Field.record(
        Dictionary(uniqueKeysWithValues: (0..<fields).map { ("f\($0)", Field.integer.or("1")) }))
      let probe = try Probe("return {}", input: ["x": .list(record)])
      let list = Array(repeating: "{}", count: 100).joined(separator: ",")
      return Int(probe.run("{\"x\":[\(list)]}").outcome.cost.fuel)
    }
    #expect(try cost(20) - cost(10) >= 100 * 10 * 5)
  }

  @Test(arguments: [
    "local ok, e = pcall(function() policy[('k'):rep(60)] = 1 end) return { ok, e }",
    "local ok, e = pcall(function() return amount('USD/2', 1) + amount('DUC/2', 1) end) return { ok, e }",
    "local ok, e = pcall(error, ('long '):rep(20)) return { ok, e }",
    "local ok, e = pcall(function() return ('x')[('k'):rep(80)]() end) return { ok, e }",
    "return { pcall(string.rep) , select(2, pcall(string.format, '%d', 'a text that is no number at all')) }",
    "local a = amount('USD/2', 999999999999999999) return { a:ratio(amount('USD/2', 7), 12), tostring(a) }",
    "local t = { ['a key that is a constant of the file, and longer than what is kept once'] = 1 } return { #t }",
    "return { policy['a key that is a constant of the file, and longer than those that are kept once'] or 0 }",
    "local t = {} t[policy.name] = 1 t[input.y or policy.name] = 2 return { t[policy.name] }",
    "local t = {} t[held] = 1 return { t[held] }",
    "local ok, e = pcall(account, 'no account begins with spaces and has so many of them', 'x') return { ok, e }",
  ])
  func `what a text costs doesn't follow from the texts of earlier decisions`(body: String) throws {
    var rules = Rules("if input.x then \(body.replacing("return {", with: "return { 1,")) end \(body)")
    rules.top = """
      local policy = { rate = 1, name = ("a name that is made when the file loads, and is looked up later"):rep(3) }
      local held = policy.name .. " and held"
      """
    let fresh = try rules.decide()
    let machine = try rules.machine()
    for round in 0..<4 {
      _ = machine.decide(#"{"x":1}"#)
      let again = machine.decide()
      #expect(again.cost.fuel == fresh.cost.fuel && again.code == fresh.code, "\(round): \(again.message)")
    }
  }
}
