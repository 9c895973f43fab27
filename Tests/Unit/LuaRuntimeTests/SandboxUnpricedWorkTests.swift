internal import Core
internal import LuaRuntime
internal import Testing

/// Work of which nobody can say beforehand how long it is, and numbers longer than any work, are bounded, too.
struct SandboxUnpricedWorkTests {
  /// More fuel than any of these needs.
  private static let limits = RunLimits(fuel: 1 << 40, deadline: .seconds(20))

  private func decide(_ body: String, before: String = "") throws -> Answer {
    try Rules("\(before) \(body) return 1").decide(limits: Self.limits)
  }

  // MARK: Numbers beyond all work

  @Test(arguments: [
    // Three times each of these counts is more than 64 bits hold: 2, 5 or all but 1 of 2^64 would be left.
    "table.move({}, 1, 6148914691236517206, 1)", "table.move({}, 1, 6148914691236517207, 1)",
    "table.move({}, 1, 6148914691236517205, 1)", "table.move({}, -6148914691236517206, -1, 1, {})",
    "table.move({}, 2, math.maxinteger, 1)",
  ])
  func `work that is longer than numbers go costs all fuel, and none comes back`(move: String) throws {
    for body in [move, "pcall(function() \(move) end)", "local s = 0 for i = 1, 5000 do s = s + i end \(move)"] {
      let answer = try Rules("\(body) return 1").decide()
      #expect(answer.code == "fuel_exhausted" && answer.cost.fuel == RunLimits.patient.fuel, "\(answer.message)")
    }
  }

  // MARK: Calls that are under way

  private static let deep = "local function deep(n, f) if n == 0 then f() return 0 end return 1 + deep(n - 1, f) end"

  /// The fuel of `body` under so many calls.
  private func fuel(_ body: String, under calls: Int) throws -> Int {
    func cost(_ body: String) throws -> Int {
      let answer = try decide("deep(\(calls), function() \(body) end)", before: Self.deep)
      try #require(answer.code == "ok", "\(answer.message)")
      return Int(answer.cost.fuel)
    }
    return try cost(body) - cost("")
  }

  @Test(
    arguments: [
      "pcall(error, 'x', 0)", "xpcall(error, type, 'x', 0)", "pcall(string.rep)", "pcall(function() return {} + 1 end)",
      "pcall(pcall, 1, error(nil))", "pcall(error)",
    ].map { "for _ = 1, 10 do pcall(function() \($0) end) end" })
  func `an error that is caught under many calls costs what looking at them takes`(body: String) throws {
    #expect(try fuel(body, under: 4000) > 9000)
    #expect(try fuel(body, under: 2) < 1500)
  }

  @Test func `an error with the place of a caller far away costs what finding it takes`() throws {
    let near = try fuel("pcall(error, 'x', 1)", under: 4000)
    #expect(try fuel("pcall(error, 'x', 4000)", under: 4000) - near > 1000)
    #expect(try fuel("pcall(error, 'x', 1 << 30)", under: 4000) - near > 1000)
    #expect(try fuel("pcall(error, 'x', 1 << 30)", under: 4) < 200)
  }

  // MARK: Tables that had addresses as keys

  private static let chain = "local key = {} local t = { [key] = 1 } for i = 1, 490 do t[i * 511] = i end"

  @Test(arguments: [
    "for i = 1, 20000 do local x = t[4900 * 511] end",
    "for i = 1, 20000 do local x = t[511] x = t[2 * 511] x = t[3 * 511] end",
    "for i = 1, 20000 do t[(4900 + i) * 511] = nil end",
    "t[key] = nil for i = 1, 500 do next(t) end",
    "t[key] = nil for i = 1, 500 do for _ in pairs(t) do break end end",
    "for i = 1, 300 do local u = { [key] = 1 } for k = 1, 500 do u[k * 511] = k end end",
    "for i = 1, 300 do local u = { [i % 7 == 0 and next or key] = 1 } for k = 1, 500 do u[k * 511] = k end end",
  ])
  func `steps along a chain that fuel can't stand for end the decision once they are most of its work`(
    body: String
  ) throws {
    #expect(try decide(body, before: Self.chain).code == "deadline")
    // Without such a key each step is paid for.
    let addresses = ["{ [key] = 1 }": "{}", "{ [i % 7 == 0 and next or key] = 1 }": "{}", "t[key] = nil": ""]
    func plain(_ text: String) -> String { addresses.reduce(text) { $0.replacing($1.key, with: $1.value) } }
    let answer = try decide(plain(body), before: plain(Self.chain))
    #expect(answer.code == "ok" && answer.cost.fuel > 1_000_000, "\(answer.message)")
  }

  @Test(arguments: [
    "for j = 1, 40 do for i = 1, 4000 do local x = t[i * 3600] end end",
    "for j = 1, 40 do for i = 1, 4000 do local x = t['day ' .. i] end end",
    "for j = 1, 40 do for i = 1, 4000 do t[i * 3600] = j end end",
  ])
  func `keys that collide by accident end no decision`(body: String) throws {
    let before = "local t = { [{}] = 1 } for i = 1, 4000 do t[i * 3600] = i t['day ' .. i] = i end"
    #expect(try decide(body, before: before).code == "ok")
  }

  @Test(arguments: ["for _ in pairs(t) do end", "next(t)"])
  func `a list that grew by many at once costs its places, whatever its keys were`(walk: String) throws {
    let many = "local many, key = {}, {} for k = 1, 4000 do many[k] = k end"
    for table in ["{ table.unpack(many) }", "{ [key] = 1, table.unpack(many) }", "{ [next] = 1, table.unpack(many) }"] {
      let before = "\(many) local t = \(table) t[key] = nil t[next] = nil for k = 1, 4000 do t[k] = nil end"
      func cost(_ body: String) throws -> Int {
        let answer = try decide(body, before: before)
        try #require(answer.code == "ok", "\(answer.message)")
        return Int(answer.cost.fuel)
      }
      #expect(try cost("for i = 1, 20 do \(walk) end") - cost("for i = 1, 20 do end") > 20 * 450, "\(table)")
    }
  }
}
