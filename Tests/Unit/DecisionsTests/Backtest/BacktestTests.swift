import Core
import Cryptography
import Decisions
import Ledger
import Rulebook
import Testing

/// Reports on random changes, held against a comparison that was written apart.
struct BacktestTests {
  private struct Chance: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state ^ state >> 29) &* 0xBF58_476D_1CE4_E5B9
    }
  }

  private static func world(_ rules: ProbeRules, _ chance: inout Chance, records: Int) throws -> RecordedWorld {
    let world = try RecordedWorld(rules.rulebook())
    world.balances = ["pool:one": #"{"asset":"DUC/2","minor":11}"#]
    for _ in 0..<records {
      let citizen = ["anna", "bruno", "carla", "dario"].randomElement(using: &chance) ?? ""
      let value = Int.random(in: 0...100, using: &chance)
      switch Int.random(in: 0..<10, using: &chance) {
      case 0..<5: try world.decide("probe.price", #"{"citizen":"\#(citizen)","value":\#(value)}"#)
      case 5: try world.decide("probe.price", #"{"citizen":"\#(citizen)"}"#)
      case 6: try world.decide("probe.price", #"{"citizen":"\#(citizen)","value":"much"}"#)
      default:
        if rules.hasPay { try world.decide("probe.pay", #"{"citizen":"\#(citizen)","value":\#(value)}"#) }
      }
    }
    return world
  }

  @Test(arguments: 1...40) func `a report says what a plain comparison finds`(seed: Int) async throws {
    var chance = Chance(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15)
    let rules = ProbeRules.random(&chance)
    var changed = rules
    changed.change(&chance)
    changed.change(&chance)
    let world = try Self.world(rules, &chance, records: 40)
    let candidate = try changed.rulebook()
    let plain = try PlainComparison(world.records, baseline: world.rulebook, candidate: candidate)
    let report = try await world.backtest(candidate, jobs: 1 + seed % 3)
    let what = "seed \(seed): \(rules) → \(changed)"
    #expect(report.selected == world.records.count && report.recorded == world.records.count, "\(what)")
    let classes = report.points.mapValues { point in
      Dictionary(uniqueKeysWithValues: point.classes.map { ($0.key.rawValue, $0.value) })
    }
    #expect(classes == plain.classes, "\(what)")
    for (field, change) in report.fields {
      let key = "\(field.point) \(field.path)"
      #expect(change.flips == plain.flips[key], "\(what) \(key)")
      guard change.isNumber, let sums = plain.sums[key] else { continue }
      #expect(change.before.json.number == sums.0 && change.after.json.number == sums.1, "\(what) \(key)")
    }
    #expect(report.fields.count == plain.flips.count, "\(what)")
    var money: [String: [Int64]] = [:]
    for (flow, change) in report.money {
      money["\(flow.from) > \(flow.to)"] = [change.before.json.integer ?? -1, change.after.json.integer ?? -1]
    }
    #expect(money == plain.money.mapValues { [$0.0, $0.1] }, "\(what)")
    #expect(report.affectedSubjects == plain.subjects.count, "\(what)")
    for (name, point) in report.points {
      Self.expect(point.fuelBefore, plain.fuelBefore[name] ?? [], what)
      Self.expect(point.fuelAfter, plain.fuelAfter[name] ?? [], what)
    }
    #expect(report.clusters.values.reduce(0) { $0 + $1.flips } == report.flips, "\(what)")
  }

  private static func expect(_ figures: FuelFigures, _ fuel: [UInt64], _ what: String) {
    let sorted = fuel.sorted()
    #expect(figures.count == sorted.count, "\(what)")
    guard let last = sorted.last else { return }
    #expect(figures.most == last, "\(what)")
    #expect(figures.quantile(50) == sorted[(sorted.count * 50 + 99) / 100 - 1], "\(what)")
    #expect(figures.quantile(99) == sorted[(sorted.count * 99 + 99) / 100 - 1], "\(what)")
  }

  @Test func `the same records and the same candidate give the same digest, however many threads compare`() async throws
  {
    var chance = Chance(state: 7)
    var rules = ProbeRules()
    let world = try Self.world(rules, &chance, records: 60)
    rules.factor = 4
    rules.cut = 30
    let candidate = try rules.rulebook()
    var digests: Set<String> = []
    for jobs in 1...4 {
      let report = try await world.backtest(candidate, jobs: jobs)
      digests.insert(report.json(elapsed: Int64(jobs))["digest"]?.string ?? "")
    }
    // The same in every process: names are hashed by another seed in each.
    #expect(digests == ["sha256:38199e9650e9bad09c780e701ec6106f3289a4903ffdd32e5e6641ca2e0d7b70"])
  }

  @Test func `the digest is that of the report without itself and the time it took`() async throws {
    var chance = Chance(state: 7)
    let world = try Self.world(ProbeRules(), &chance, records: 20)
    let json = try await world.backtest(world.rulebook).json(elapsed: 17)
    var object = try #require(json.object)
    let digest = try #require(object["digest"]?.string)
    object["digest"] = nil
    object["elapsed_ms"] = nil
    #expect(digest == "sha256:" + Hexadecimal.text(SHA256.hash(JSON.object(object).bytes)))
    #expect(
      json.object?.members.map(\.name) == [
        "report", "digest", "baseline", "candidate", "vm", "window", "mode", "answers", "coverage", "classes", "points",
        "fields", "money", "subjects", "clusters", "gate", "elapsed_ms",
      ])
    #expect(
      json["classes"]?.object?.members.map(\.name) == [
        "same", "cost_only", "changed", "loosened", "tightened", "reason_changed", "effects_changed", "now_fails",
        "no_longer_fails", "schema_gone", "unknown", "unreplayable",
      ])
  }

  @Test func `a record that was changed is set apart and is no flip`() async throws {
    var chance = Chance(state: 7)
    let world = try Self.world(ProbeRules(), &chance, records: 0)
    var forged = try world.decide("probe.price", #"{"citizen":"anna","value":1}"#)
    forged.result = ["fee": 4_000]
    let source = BacktestSource(pages: { [forged] _ in ([forged.json], nil) }, hold: { _ in nil })
    let backtest = Backtest(
      candidate: world.rulebook, archive: RulebookArchive(directory: world.directory), query: BacktestQuery(), jobs: 1)
    let report = try await backtest.run(source)
    #expect(report.allClasses == [.unreplayable: 1])
    #expect(report.reasons == ["its result is another one": 1])
    #expect(report.flips == 0 && report.affectedSubjects == 0)
  }

  @Test func `only what is asked for is taken, the latest first`() async throws {
    var chance = Chance(state: 7)
    let world = try Self.world(ProbeRules(), &chance, records: 0)
    for value in 0..<30 {
      try world.decide(
        value % 3 == 0 ? "probe.pay" : "probe.price",
        #"{"citizen":"\#(value % 2 == 0 ? "anna" : "bruno")","value":\#(value)}"#)
    }
    var query = BacktestQuery()
    query.points = ["probe.pay"]
    #expect(try await world.backtest(world.rulebook, query: query).selected == 10)
    query.subject = "anna"
    #expect(try await world.backtest(world.rulebook, query: query).selected == 5)
    query = BacktestQuery()
    query.since = world.records[10].timeMilliseconds
    query.until = world.records[20].timeMilliseconds
    let window = try await world.backtest(world.rulebook, query: query)
    #expect(window.selected == 10 && window.recorded == 30)
    #expect(window.window.firstRecord == world.records[10].id && window.window.lastRecord == world.records[19].id)
    query = BacktestQuery()
    query.limit = 4
    let latest = try await world.backtest(world.rulebook, query: query)
    #expect(latest.selected == 4 && latest.window.firstRecord == world.records[26].id)
  }
}
