internal import Core
internal import LuaRuntime
internal import Testing

/// No state survives a decision.
struct SandboxIsolationTests {
  static let top = "local count, cache, keep = 0, { 3, 1, 2, inner = { n = 1 } }, nil"

  @Test(arguments: [
    "count = count + 1", "keep = host", "keep = input", "pcall(function() count = count + 1 end)",
    "keep = function() return 1 end", "local function deep() keep = 1 end deep()",
  ])
  func `a local of the file that a decision changed is restored and named`(change: String) throws {
    var rules = Rules("if input.x then \(change) end return { count, keep == nil }")
    rules.top = Self.top
    let machine = try rules.machine()
    for _ in 1...2 {
      let refused = machine.decide(#"{"x":1}"#)
      #expect(refused.code == "forbidden", "\(refused.result) \(refused.message)")
      #expect(refused.message.contains(change.contains("keep") ? "'keep'" : "'count'"))
      #expect(!refused.isSpent)
      #expect(machine.decide().result == "[0,true]")
    }
  }

  @Test(arguments: [
    "cache.x = 1", "cache[1] = nil", "cache.inner.n = 2", "table.insert(cache, 4)", "table.remove(cache)",
    "table.sort(cache)", "table.move({ 9 }, 1, 1, 1, cache)", "setmetatable(cache, {})",
    "pcall(table.sort, cache)", "for _, t in pairs(cache) do if type(t) == 'table' then t.n = 5 end end",
  ])
  func `a table of the file can't be written by any way`(change: String) throws {
    var rules = Rules("if input.x then \(change) end return { cache[1], #cache, cache.inner.n }")
    rules.top = Self.top
    let machine = try rules.machine()
    let refused = machine.decide(#"{"x":1}"#)
    #expect(refused.code == "forbidden", "\(refused.result) \(refused.message)")
    #expect(machine.decide().result == "[3,3,1]")
  }

  @Test(arguments: [
    ("cache[2]", "1"), ("#cache", "3"), ("select('#', table.unpack(cache))", "3"),
    ("table.concat(cache, ' ')", #""3 1 2""#),
    ("next(cache)", "1"), ("table.move(cache, 1, 3, 1, {})", "[3,1,2]"), ("cache.inner", #"{"n":1}"#),
    ("tostring(cache)", #""table""#), ("type(cache)", #""table""#), ("('n'):gsub('n', cache.inner)", #""1""#),
    ("(function() local n = 0 for _ in ipairs(cache) do n = n + 1 end return n end)()", "3"),
    ("(function() local n = 0 for _ in pairs(cache) do n = n + 1 end return n end)()", "4"),
    ("getmetatable(cache)", "false"),
  ])
  func `a table of the file is read like any other`(expression: String, value: String) throws {
    var rules = Rules("return (\(expression))")
    rules.top = Self.top
    let answer = try rules.decide()
    #expect(answer.result == value, "\(answer.message)")
  }

  @Test func `objects of a file's class work, and the class stays as it is`() throws {
    var rules = Rules(
      """
      local p = Point.new(input.x or 1)
      if input.x == 7 then getmetatable(p).__index = nil end
      return { p:double(), origin:double() }
      """)
    rules.top = """
      local Point = {}
      Point.__index = Point
      function Point.new(x) return setmetatable({ x = x }, Point) end
      function Point:double() return self.x * 2 end
      local origin = Point.new(0)
      """
    let machine = try rules.machine()
    #expect(machine.decide(#"{"x":4}"#).result == "[8,0]")
    #expect(machine.decide(#"{"x":7}"#).code == "forbidden")
    #expect(machine.decide().result == "[2,0]")
  }

  @Test(arguments: [
    "local kept = string.gmatch('a b', '%a')", "local kept = pairs({ 1, 2 })",
    "local t = { each = string.gmatch('a b', '%a') }",
  ])
  func `an iterator can't be kept for the next decision`(top: String) throws {
    var rules = Rules("return \(top.contains("kept") ? "kept" : "t.each")()")
    rules.top = top
    #expect(throws: LuaFailure.self) { try rules.machine() }
  }

  @Test(arguments: [
    // A table is handed to a file that is loaded, which keeps it as it is.
    (
      "local stash return { set = function(x) stash = x end, get = function() return stash end }",
      "local T = { n = 1 } own.set(T)", "local T = own.get() if T then T.n = T.n + 1 end return T and T.n"
    ),
    // What the first who asks makes would be kept, and not frozen.
    (
      "local cache return { get = function() cache = cache or {} return cache end }",
      "local T = own.get()", "own.get().n = (own.get().n or 0) + 1 return own.get().n"
    ),
    ("local n = 0 return { count = function() n = n + 1 return n end }", "own.count()", "return own.count()"),
    // It is taken back before this file ends, but a third file has seen it.
    (
      "local stash return { set = function(x) stash = x end, get = function() return stash end }",
      "local T = {} own.set(T) local third = require 'third' own.set(nil) T.y = { n = 0 }",
      "third.y.n = third.y.n + 1 return third.y.n"
    ),
  ])
  func `files that load hand each other nothing but what they return`(own: String, top: String, body: String) throws {
    var rules = Rules(body)
    rules.modules = ["own": own, "third": "return require('own').get and require('own').get() or {}"]
    rules.top = "local own = require 'own' \(top)"
    let failure = #expect(throws: LuaFailure.self) { try rules.machine() }
    #expect(failure?.message.contains("was changed when its file was loaded already") == true)
  }

  @Test func `a file may change its own locals while it loads`() throws {
    var rules = Rules("return { own.n(), #own.list }")
    rules.modules["own"] = """
      local n, list = 0, {}
      local function add(x) n = n + 1 list[n] = x end
      add("a") add("b")
      return { list = list, n = function() return n end }
      """
    rules.top = "local own = require 'own'"
    let machine = try rules.machine()
    for _ in 1...2 { #expect(machine.decide().result == "[2,2]") }
  }

  @Test func `the input is a copy, and may be changed`() throws {
    let machine = try Rules("input.x.y = 2 input.z = 3 return { input.x.y, input.z }").machine()
    #expect(machine.decide(#"{"x":{"y":1}}"#).result == "[2,3]")
    #expect(machine.decide(#"{"x":{"y":1}}"#).result == "[2,3]")
  }

  @Test func `the same decision costs the same fuel on a fresh machine and on a used one`() throws {
    let rules = Rules(
      """
      local t = {}
      for i = 1, (input.x or 0) * 10 do t[i] = ("line %d"):format(i):upper() end
      if input.x == 9 then error("nine") end
      table.sort(t, function(a, b) return a > b end)
      return table.concat(t, ",")
      """)
    let fresh = try rules.decide(#"{"x":40}"#)
    let machine = try rules.machine()
    for round in 0..<300 {
      let answer = machine.decide(#"{"x":\#(round % 50)}"#)
      #expect(answer.code == (round % 50 == 9 ? "runtime" : "ok"))
      guard round % 50 == 40 else { continue }
      #expect(answer.result == fresh.result)
      #expect(answer.cost.fuel == fresh.cost.fuel)
    }
    #expect(machine.machine.memory < 8 << 20)
  }
}
