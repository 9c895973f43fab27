import Core
import Decisions
import Rulebook
import Testing

/// Backtests of what is shipped.
struct ShippedBacktestTests {
  private static func holds() throws -> [Identifier: HeldMoney] {
    let money = HeldMoney(
      from: try #require(AccountName("reserve:ducats")), to: try #require(AccountName("citizen:alice")),
      amount: Amount(100_000, try #require(Asset("DUC/2"))))
    return [try #require(Identifier(ShippedInputs.hold)): money]
  }

  @Test func `a record of every shipped decision comes out as it was, and its own rulebook changes nothing`()
    async throws
  {
    let world = try ShippedInputs.world()
    #expect(world.rulebook.decisions.map(\.name) == ShippedInputs.byPoint.keys.sorted())
    let report = try await world.backtest(world.rulebook, jobs: 2, holds: Self.holds())
    #expect(report.allClasses == [.same: world.records.count], "\(report.reasons)")
    #expect(report.clusters.isEmpty && report.fields.isEmpty && report.notRecordedPoints.isEmpty)
    #expect(report.money.allSatisfy { $0.value.before == $0.value.after })
    // Sales, settlements, shares of the treasury and sprints move money.
    let moving = Set(report.money.keys.map { "\($0.from) > \($0.to)" })
    #expect(
      moving.isSuperset(of: [
        "reserve:* > citizen:*", "treasury > citizen:*", "sprint:* > sprint:*", "clearing:* > bridge:*",
      ]))
    for name in report.pointNames { #expect(report.points[name]?.fuelBefore == report.points[name]?.fuelAfter) }
  }

  @Test func `what nobody asked the host then is unknown, and is told`() async throws {
    let world = try ShippedInputs.world()
    let candidate = try RecordedWorld.shipped(
      "policies/fees.lua", [(#"reserve = "reserve:uplift""#, #"reserve = "reserve:other""#)])
    var calls: Set<String> = []
    let report = try await world.backtest(candidate, holds: Self.holds()) { comparison in
      if comparison.kind == .unknown { calls.insert(comparison.reason ?? "") }
    }
    #expect(report.points["bridge.quote"]?.classes[.unknown] == 2)
    #expect(calls == [#"ledger.balance["reserve:other"]"#])
  }

  @Test func `a decision that is gone or takes the input no more is told apart from one that fails`() async throws {
    let world = try RecordedWorld(RecordedWorld.shipped())
    try world.decide("tier.assign", #"{"social_class":"Nobili"}"#)
    let renamed = try RecordedWorld.shipped("plugins/tiers/plugin.lua", [(#"["tier.assign"]"#, #"["tier.give"]"#)])
    let gone = try await world.backtest(renamed)
    #expect(gone.allClasses == [.schemaGone: 1])
    let narrowed = try RecordedWorld.shipped(
      "plugins/tiers/plugin.lua",
      [
        (
          #"        social_class = "string",\#n        influence"#,
          #"        social_class = { enum = { "x" } },\#n        influence"#
        )
      ])
    let report = try await world.backtest(narrowed)
    #expect(report.points["tier.assign"]?.classes == [.schemaGone: 1])
    #expect(report.largestClusters.first?.key.file == "plugins/tiers/plugin.lua")
    let broken = try RecordedWorld.shipped(
      "plugins/tiers/plugin.lua", [("tier = offer.tier,", "tier = offer.tier .. nil,")])
    let failing = try await world.backtest(broken)
    #expect(failing.points["tier.assign"]?.classes == [.nowFails: 1])
    #expect(failing.largestClusters.first?.value.values?.after == "tier = offer.tier .. nil,")
  }

  @Test func `a comment that is new parts nothing`() async throws {
    let world = try ShippedInputs.world()
    let candidate = try RecordedWorld.shipped(
      "policies/fees.lua", [(#"  rate = "0.10","#, "  -- Seven\n  -- more\n\n  rate = \"0.10\",")])
    let report = try await world.backtest(candidate, holds: Self.holds())
    #expect(report.flips == 0 && report.clusters.isEmpty)
  }
}
