internal import Core
internal import LuaRuntime
internal import Testing

/// Work that Lua, or our own C, does beside its instructions is paid for like them.
struct SandboxHiddenWorkTests {
  /// The fuel of one run of `body`, less that of a run without it.
  private func fuel(_ body: String, before: String = "", top: String = "", count: Int = 20) throws -> Int {
    func cost(_ body: String) throws -> Int {
      var rules = Rules("\(before) for i = 1, \(count) do \(body) end return 1")
      rules.top = top
      rules.hostCalls = ["ledger.balance"]
      rules.uses = [0]
      let answer = try rules.machine().decide(
        limits: RunLimits(fuel: 1 << 40, deadline: .seconds(20)), handler: ScriptedHost(json: "null"))
      try #require(answer.code == "ok", "\(answer.message)")
      return Int(answer.cost.fuel)
    }
    return (try cost(body) - cost("")) / count
  }

  /// A function of many instructions that are passed over, and then does this.
  private func long(_ body: String) -> String {
    let skipped = String(repeating: "t.a = 1 ", count: 6000)
    return "local function f(skipped) if skipped then local t = {} \(skipped) end \(body) end"
  }

  // MARK: Errors that name what was wrong

  @Test(arguments: [
    "local r = ({}).b.c", "local r = ({}) + 1", "local r = (function() end) .. {}", "local r = ({}).x()",
    "local r = ({ 1.5 })[1] | 1", "string.rep()", "('x'):rep({})", "local r = #({}).x", "local r = -({}).x",
    "({}).x.y = 1", "for _ in ({}).x do end", "local r = ({}).x[1].y",
  ])
  func `an error that is named after reading a long function costs what that takes`(body: String) throws {
    #expect(try fuel("pcall(f)", before: long(body)) > 1500)
    #expect(try fuel("pcall(f)", before: "local function f() \(body) end") < 200)
  }

  // MARK: Locals that functions hold

  @Test func `a function that holds many locals costs what looking for them takes`() throws {
    let names = (1...180).map { "v\($0)" }
    let locals = "local \(names.joined(separator: ", ")) = \(names.map { _ in "1" }.joined(separator: ", "))"
    let sum = "return \(names.joined(separator: " + "))"
    #expect(try fuel("local g = function() \(sum) end", before: "\(locals) local function all() \(sum) end") > 1500)
  }

  @Test(arguments: [
    // Each function of its own holds a local of its own.
    "for i = 1, 5000 do local a = i fs[i] = function() return a end end",
    "for i = 1, 3000 do local a, b = i, i fs[i] = function() return a + b end end",
  ])
  func `a file that shares more locals than are looked at after each decision doesn't load`(many: String) throws {
    var rules = Rules("return 1")
    rules.top = "local n local function set() n = 1 end local fs = {} \(many)"
    rules.modules["own"] = "\(rules.top) return { fs = fs, set = set }"
    rules.top = "local own = require 'own'"
    let failure = #expect(throws: LuaFailure.self) { try rules.machine() }
    #expect(failure?.message.contains("over 4096 locals") == true, "\(failure?.message ?? "")")
  }

  @Test func `a local that many functions share is looked at once`() throws {
    var rules = Rules("return own.get()")
    rules.modules["own"] = """
      local n = 1 local fs = {}
      for i = 1, 9000 do fs[i] = function() return n end end
      return { fs = fs, get = fs[1], set = function() n = 2 end }
      """
    rules.top = "local own = require 'own'"
    let answer = try rules.decide()
    #expect(answer.result == "1" && answer.cost.fuel < 60, "\(answer.cost.fuel)")
  }

  @Test func `looking at locals after a decision is paid for by it`() throws {
    func cost(_ count: Int) throws -> UInt64 {
      var rules = Rules("return 1")
      rules.modules["own"] = """
        local n local fs = {}
        for i = 1, \(count) do local a = i fs[i] = function() return a end end
        return { fs = fs, set = function() n = 1 end }
        """
      rules.top = "local own = require 'own'"
      return try rules.decide().cost.fuel
    }
    #expect(try cost(4000) - cost(0) >= 900)
  }

  // MARK: Walks

  @Test(arguments: ["for _ in pairs(t) do end", "next(t)"])
  func `a table that loading emptied costs its places, whatever its keys were`(walk: String) throws {
    let fill = "for i = 1, 5000 do t['k' .. i] = 1 end for i = 1, 5000 do t['k' .. i] = nil end"
    #expect(try fuel(walk, top: "local t = {} \(fill)") > 600)
    #expect(try fuel(walk, top: "local t, k = {}, {} t[k] = 1 \(fill) t[k] = nil") > 600)
    #expect(try fuel(walk, top: "local t = {} t[next] = 1 \(fill) t[next] = nil") > 600)
  }

  // MARK: Texts

  @Test(arguments: [
    ("pcall(host.ledger.balance, s)", 1 << 20), ("pcall(host.ledger.balance, s, s)", 600_000),
    ("pcall(host.ledger.balance, { { s } }, { s })", 600_000),
    ("pcall(host.ledger.balance, s, function() end)", 600_000),
  ])
  func `a text that is looked at for JSON costs its length, also where it isn't written`(
    call: String, length: Int
  ) throws {
    #expect(try fuel(call, before: "local s = ('x'):rep(\(length))") > length / 16)
  }

  @Test(arguments: [
    ("s:find('%f' .. set)", 8), ("s:find(set)", 8), ("s:find(('z'):rep(40000))", 5), ("s:find(('z'):rep(40000), 1)", 5),
  ])
  func `a long pattern costs what comparing with all of it takes`(search: String, each: Int) throws {
    let before = "local s = '1' local set = '[' .. ('%a'):rep(20000) .. ']'"
    #expect(try fuel(search, before: before) > 40_000 / each)
  }

  @Test(arguments: [("2.2250738585072011e-308", 10), ("0." + String(repeating: "123456789", count: 90) + "e-200", 110)])
  func `a number that is hard to read costs more than one instruction`(text: String, least: Int) throws {
    #expect(try fuel("tonumber(s)", before: "local s = '\(text)'") >= least)
  }

  // MARK: Texts that collide

  @Test func `a rule's own texts that collide end the decision at once, and the next one meets none of them`() throws {
    let texts = CollidingTextTests.colliding
    // Each is made when the decision runs: a constant would be there before.
    func pieces(_ range: Range<Int>) -> String {
      texts[range].map { "a('\($0.prefix(18))', '\($0.suffix(18))')" }.joined(separator: ", ")
    }
    let join = "local function a(x, y) return x .. y end"
    let limits = RunLimits(fuel: 3_000_000, deadline: .seconds(20))
    #expect(try Rules("\(join) return #{ \(pieces(0..<200)) }").decide(limits: limits).code == "deadline")
    // Two lots that are few by themselves.
    let machine = try Rules("\(join) if input.x then return #{ \(pieces(0..<24)) } end return #{ \(pieces(24..<48)) }")
      .machine()
    for _ in 0..<3 {
      #expect(machine.decide(#"{"x":1}"#, limits: limits).result == "24")
      #expect(machine.decide(limits: limits).result == "24")
    }
  }
}
