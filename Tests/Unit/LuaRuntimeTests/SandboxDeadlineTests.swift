internal import Core
internal import LuaRuntime
internal import TestSupport
internal import Testing

/// Nothing a rule does goes on long after its deadline, not even within one instruction.
struct SandboxDeadlineTests {
  /// More fuel than any of these needs, so that only the clock can end them.
  static let limits = RunLimits(fuel: 1 << 50, deadline: .milliseconds(50))

  /// Rules of which single instructions, or functions of ours, would take seconds.
  static let attacks = [
    Attack(
      "keys that collide in the last growth", "deadline", limits: limits, ceiling: .seconds(2),
      body: "local t = {} for i = 1, 65537 do t[i * 131071] = i end"),
    Attack(
      "twice as many of them", "deadline", limits: limits, ceiling: .seconds(2),
      body: "local t = {} for i = 1, 131073 do t[i * 262143] = i end"),
    Attack(
      "colliding keys under pcall", "deadline", limits: limits, ceiling: .seconds(2),
      body: "while true do pcall(function() local t = {} for i = 1, 65537 do t[i * 131071] = i end end) end"),
    Attack(
      "floats that collide", "deadline", limits: limits, ceiling: .seconds(2),
      body: "local t = {} for i = 1, 131073 do t[i * 262143 + 0.5] = i t[i * 262143] = i end while true do end"),
    Attack(
      "colliding keys that are written by our functions", "deadline", limits: limits, ceiling: .seconds(2),
      body: "local t = {} for i = 1, 131073 do table.move({ i }, 1, 1, i * 262143, t) end while true do end"),
    Attack(
      "colliding keys in a closing variable", "deadline", limits: limits, ceiling: .seconds(2),
      body: """
        local x <close> = setmetatable({}, { __close = function()
          local t = {} for i = 1, 131073 do t[i * 262143] = i end
        end })
        error("out")
        """),
    Attack(
      "colliding keys in a comparator", "deadline", limits: limits, ceiling: .seconds(2),
      body: """
        table.sort({ 2, 1 }, function() local t = {} for i = 1, 131073 do t[i * 262143] = i end return true end)
        while true do end
        """),
    Attack(
      "lookups among keys that collide", "deadline", limits: limits, ceiling: .seconds(2),
      body: """
        local t = {} for i = 1, 16385 do t[i * 32767] = i end
        while true do for i = 1, 16385 do local _ = t[i * 32767] end end
        """),
    Attack(
      "60 000 frames that close by pairs", "deadline", limits: limits, ceiling: .seconds(2),
      body: """
        local m = { __close = pairs }
        for i = 1, 5000 do m["k" .. i] = i end
        local function nest(n)
          local x <close> = setmetatable(m, m)
          if n == 0 then while true do end end
          return (nest(n - 1))
        end
        nest(60000)
        """),
    Attack(
      "walks over an emptied table", "deadline", limits: limits, ceiling: .seconds(2),
      body: """
        local t = {} for i = 1, 100000 do t["k" .. i] = i end for i = 1, 100000 do t["k" .. i] = nil end
        while true do for _ in pairs(t) do end end
        """),
    Attack(
      "a heap at the cap", "deadline", "memory_exhausted", limits: limits, ceiling: .seconds(2),
      body: "local kept = {} for i = 1, 250000 do kept[i] = { i } end while true do local t = { {} } end"),
    Attack(
      "comparing texts of zeros", "deadline", limits: limits, ceiling: .seconds(2),
      body: "local a, b = ('\\0'):rep(1 << 20), ('\\0'):rep(1 << 20) .. '' while true do local _ = a < b end"),
    Attack(
      "equal texts", "deadline", limits: limits, ceiling: .seconds(2),
      body: "local a, b = ('x'):rep(1 << 20), ('x'):rep(1 << 19) b = b .. b while true do local _ = a == b end"),
    Attack(
      "long keys", "deadline", limits: limits, ceiling: .seconds(2),
      body: "local t, a = {}, ('x'):rep(1 << 19) while true do local _ = t[a .. a] end"),
    Attack(
      "powers", "deadline", limits: limits, ceiling: .seconds(2),
      body: "local s = 0 while true do s = s + (1 + 1e-15) ^ 1e15 end"),
    Attack(
      "copies of many values", "deadline", limits: limits, ceiling: .seconds(2),
      body: """
        local t = {} for i = 1, 4000 do t[i] = i end
        local function f(...) while true do select("#", ...) end end
        f(table.unpack(t))
        """),
  ]

  @Test(arguments: attacks)
  func `one instruction can't hold a lane`(attack: Attack) throws { try attack.check() }

  @Test func `reading an input of very many lists ends in time`() throws {
    let machine = try Rules("return 1").machine()
    let input = #"{"x":["# + String(repeating: "[],", count: 340_000) + "[]]}"
    var code = ""
    let elapsed = processorTime { code = machine.decide(input, limits: Self.limits).code }
    #expect(["ok", "deadline"].contains(code))
    #expect(elapsed < .seconds(2))
  }

  @Test func `a host that answers late ends the decision, and is not interrupted`() throws {
    var rules = Rules("return host.ledger.balance({ account = 'a' })")
    rules.hostCalls = ["ledger.balance"]
    rules.uses = [0]
    var rounds = 0
    let host = ScriptedHost { _ in
      let until = ContinuousClock.now + .milliseconds(60)
      while ContinuousClock.now < until { rounds += 1 }
      return .value(Array("1".utf8))
    }
    let answer = try rules.machine().decide(limits: Self.limits, handler: host)
    #expect(answer.code == "deadline")
    #expect(answer.isSpent)
    #expect(rounds > 0)
  }

  @Test func `a decision of the host's within a call is looked after, and the outer one again behind it`() throws {
    var rules = Rules(
      "host.ledger.balance({ account = 'a' }) local t = {} for i = 1, 131073 do t[i * 262143] = i end")
    rules.hostCalls = ["ledger.balance"]
    rules.uses = [0]
    let inner = try Rules("local t = {} for i = 1, 131073 do t[i * 262143] = i end").machine()
    var codes: [String] = []
    let host = ScriptedHost { _ in
      codes.append(inner.decide(limits: Self.limits).code)
      return .value(Array("1".utf8))
    }
    var outer = RunLimits(fuel: 1 << 50, deadline: .milliseconds(300))
    outer.fuel = 1 << 50
    codes.append(try rules.machine().decide(limits: outer, handler: host).code)
    #expect(codes == ["deadline", "deadline"])
  }

  @Test func `loading is looked after, too`() throws {
    var rules = Rules("return 1")
    rules.top = "local t = {} for i = 1, 131073 do t[i * 262143] = i end"
    let error = #expect(throws: LuaFailure.self) { try rules.machine() }
    #expect(error?.code == .fuelExhausted)
  }

  @Test func `many late decisions leave nothing behind`() throws {
    for round in 0..<200 {
      let limits = RunLimits(fuel: 1 << 50, deadline: .microseconds(200 + 10 * (round % 20)))
      let answer = try Rules("local t = {} for i = 1, 65537 do t[i * 131071] = i end").decide(limits: limits)
      #expect(answer.code == "deadline")
      #expect(try Rules("return 1").decide().result == "1")
    }
  }
}
