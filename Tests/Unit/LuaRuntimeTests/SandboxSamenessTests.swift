internal import Core
internal import Foundation
internal import LuaRuntime
internal import Testing
import TestSupport

/// The same question has the same answer, whatever ran before and wherever it runs.
struct SandboxSamenessTests {
  // MARK: State

  @Test(arguments: [
    ("count = 1.0", "1"), ("count = 0.0", "-0.0"), ("count = -0.0", "0.0"), ("count = 2", "2.0"),
    ("count = -(0/0)", "0/0"), ("count = string.unpack('d', '\\1\\0\\0\\0\\0\\0\\xf8\\x7f')", "0/0"),
    ("count = nil", "false"), ("count = false", "nil"), ("count = 'a'", "1"), ("count = function() end", "nil"),
    ("pcall(function() count = 1.0 end)", "1"), ("local function deep() count = 1.0 end deep()", "1"),
  ])
  func `a local keeps no bit of what a decision wrote`(change: String, value: String) throws {
    var rules = Rules("if input.x then \(change) end return { math.type(count) or type(count), tostring(count) }")
    rules.top = "local count = \(value)"
    let machine = try rules.machine()
    let before = machine.decide().result
    #expect(machine.decide(#"{"x":1}"#).code == "forbidden")
    #expect(machine.decide().result == before)
  }

  @Test(arguments: [
    "local _ENV = { n = 0, tostring = tostring }", "local _ENV = setmetatable({ n = 0 }, { __index = _ENV })",
    "local E = { n = 0 } local _ENV = E",
  ])
  func `an environment of a file's own is frozen like any table`(top: String) throws {
    var rules = Rules("n = n + 1 return n")
    rules.top = top
    let machine = try rules.machine()
    for _ in 1...2 { #expect(machine.decide().code == "forbidden") }
  }

  @Test(arguments: [
    "local _ENV = { n = 0 } local function change() _ENV = { n = n + 1 } end",
    "local function change() _ENV = setmetatable({ n = 1 }, { __index = _ENV }) end",
  ])
  func `another environment is not kept`(top: String) throws {
    var rules = Rules("if input.x then change() end return 1")
    rules.top = top
    let machine = try rules.machine()
    #expect(machine.decide(#"{"x":1}"#).message.contains("'_ENV' was changed"))
    #expect(machine.decide().result == "1")
  }

  @Test func `a table is never weak, however late its mode is set`() throws {
    let body = """
      local m = {} local t = setmetatable({}, m) m.__mode = "kv"
      for i = 1, 100 do t[{}] = {} t[i] = {} end
      for i = 1, 300000 do local garbage = { i } end
      local n = 0 for _, v in ipairs(t) do n = n + 1 end return n
      """
    var rules = Rules(body)
    rules.memory = 4 << 20
    #expect(try rules.decide().result == "100")
  }

  // MARK: Lengths, keys and texts

  @Test(arguments: [
    ("local t = { n = 1 } t[1] = 1 t[2] = 2 t[4] = 4 return #t", "4"),
    ("local t = { 1, 2, nil, 4 } return #t", "4"),
    ("local t = {} for i = 1, 10 do t[i] = i end t[5] = nil return #t", "10"),
    ("local t = {} for i = 10, 1, -1 do t[i] = i end t[5] = nil return #t", "10"),
    ("local t = { 1, 2, 3 } t[2] = nil t[3] = nil return #t", "1"),
    ("local t = {} t[2] = 2 return #t", "0"), ("local t = {} t[1] = 1 t[math.maxinteger] = 1 return #t", "1"),
    ("return select('#', table.unpack({ 1, nil, nil, 4 }))", "1"),
  ])
  func `a length with holes follows from what the table holds`(body: String, length: String) throws {
    #expect(try Rules(body).decide().result == length)
  }

  @Test func `a length doesn't follow from how the table came about`() throws {
    let ways = [
      "local t = {} for i = 1, 40 do t[i] = i end", "local t = {} for i = 40, 1, -1 do t[i] = i end",
      "local t = {} for i = 1, 40 do t['k' .. i] = i end for i = 1, 40 do t[i] = i t['k' .. i] = nil end",
      "local t = {} for i = 1, 40 do t[{}] = i t[i] = i end",
      "local t = { table.unpack({}, 1, 40) } for i = 1, 40 do t[i] = i end",
    ]
    for holes in [[20], [1], [40], [7, 8, 9, 21, 33], [16, 32], [39, 40]] {
      let make = holes.map { "t[\($0)] = nil" }.joined(separator: " ")
      let lengths = try ways.map { try Rules("\($0) \(make) return #t").decide().result }
      #expect(Set(lengths).count == 1, "\(holes): \(lengths)")
    }
  }

  @Test(arguments: [
    "tostring(VALUE)", "(VALUE) .. ''", "string.format('%f', VALUE)", "string.format('%g', VALUE)",
    "string.format('%q', VALUE)", "string.format('%s', VALUE)", "table.concat({ VALUE })", "string.format('%a', VALUE)",
  ])
  func `what is not a number has one text`(way: String) throws {
    let made = [
      "0/0", "-(0/0)", "math.huge - math.huge", "math.log(-1)", "(-8) ^ (1/3)", "math.sqrt(-1)", "math.acos(2)",
      "string.unpack('d', '\\1\\0\\0\\0\\0\\0\\xf8\\xff')", "math.fmod(1, 0.0)", "-(math.huge % 2)",
    ]
    let texts = try made.map { value in
      try Rules("local value = \(value) return (\(way.replacing("VALUE", with: "value")))").decide().result
    }
    #expect(Set(texts).count == 1, "\(texts)")
  }

  @Test func `the bits of what is not a number are packed alike`() throws {
    let rules = Rules("return { string.pack('<d', 0/0) == string.pack('<d', -(0/0)), #string.pack('d', 0/0) }")
    #expect(try rules.decide().result == "[true,8]")
  }

  @Test(arguments: [
    "local A = {} local names = { [A] = 'a' } local read = function() return names[A] end",
    "local A, B = {}, {} local names = { [A] = { [B] = 'a' } } local read = function() return names[A][B] end",
    """
    local A = setmetatable({}, {}) local names = setmetatable({}, { __index = { [A] = 'a' } })
    local read = function() return names[A] end
    """,
    "local f = function() end local names = { [f] = 'a' } local read = function() return names[f] end",
    """
    local A = {} A.self = A local names = { [A] = 'a', list = { A } }
    local read = function() return names[names.list[1].self] end
    """,
  ])
  func `a table that is a key is found when a decision runs, as it is while loading`(top: String) throws {
    var rules = Rules("return read()")
    rules.top = "\(top) assert(read() == 'a')"
    #expect(try rules.decide().result == #""a""#)
  }

  // MARK: Numbers

  /// Correctly rounded values, from tables and other programs.
  @Test(arguments: [
    ("math.exp(1)", "2.718281828459045"), ("math.exp(-745)", "5e-324"), ("math.exp(710)", "inf"),
    ("math.log(10)", "2.302585092994046"), ("math.log(2, 10)", "0.3010299956639812"), ("math.log(8, 2)", "3.0"),
    ("math.sin(1e22)", "-0.8522008497671888"),
    ("math.cos(1e22)", "0.523214785395139"), ("math.tan(1)", "1.5574077246549023"),
    ("math.atan(1, 2)", "0.4636476090008061"), ("math.asin(1)", "1.5707963267948966"),
    ("math.acos(0)", "1.5707963267948966"), ("2 ^ 0.5", "1.4142135623730951"), ("10 ^ 308", "1e+308"),
    ("0.1 ^ 3", "0.0010000000000000002"), ("2 ^ -1074", "5e-324"), ("(-2) ^ 3", "-8.0"), ("(-8) ^ (1 / 3)", "nan"),
    ("0 ^ 0", "1.0"), ("(0 / 0) ^ 0", "1.0"), ("1 ^ (0 / 0)", "1.0"), ("0.0 ^ -1", "inf"),
  ])
  func `mathematics is correctly rounded`(expression: String, value: String) throws {
    let text = try Rules("return ('%.17g'):format(\(expression))").decide().result.dropFirst().dropLast()
    let expected = Double(value)
    let got = try #require(Double(String(text)), "\(text)")
    #expect(value == "nan" ? got.isNaN : got == expected, "\(expression): \(text)")
  }

  @Test func `constants that the compiler folds are what a decision computes`() throws {
    let rules = Rules("local a, b = 1.1, 3.7 return { 1.1 ^ 3.7 == a ^ b, 7.5 % 0.1 == (7.5 + (a - a)) % 0.1 }")
    #expect(try rules.decide().result == "[true,true]")
  }

  // MARK: Other processes

  @Test func `odd rules come out the same in another process and without the processor's extensions`() throws {
    let count = ProcessInfo.processInfo.environment["CASCADE_DECISIONS"] ?? "400"
    let (status, text) = try BuiltProgram.run("DecisionFuzz", [count])
    print(text)
    #expect(status == 0, "\(text)")
  }
}
