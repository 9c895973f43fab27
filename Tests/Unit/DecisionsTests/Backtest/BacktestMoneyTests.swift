import Core
import Decisions
import Ledger
import Rulebook
import Testing

/// The money of a report against the ledger of a host that really decides so.
struct BacktestMoneyTests {
  private struct Case {
    var point: String
    var input: String
    var account: String
    var minor: Int64
  }

  private static let cases: [Case] = {
    let classes = ["Nobili", "Cittadini", "Clero", "Facchini", "Scientisti"]
    var cases = (1...6).map { size in
      let citizens = (0..<size).map { #"{"username":"c\#($0)","social_class":"\#(classes[($0 * size) % 5])"}"# }
      return Case(
        point: "treasury.redistribute", input: #"{"citizens":[\#(citizens.joined(separator: ","))]}"#,
        account: "treasury",
        minor: Int64(300_000 * size + 7))
    }
    cases.append(Case(point: "sprint.fund", input: #"{"sprint":"s9"}"#, account: "sprint:backing", minor: 25_000_000))
    return cases
  }()

  /// What moved between kinds of account, by the entries of the ledger, with what came from `world` left out.
  private static func decide(
    _ one: Case, by rulebook: CheckedRulebook, number: UInt64
  ) async throws -> (record: RecordedDecision, money: [String: Int64]) {
    let fixture = try EffectsFixture(Generation(number: 1, rulebook: rulebook, activatedMilliseconds: 0))
    try await fixture.give(one.account, one.minor, id: 1)
    _ = await fixture.decide(one.point, try JSON(parsing: one.input), key: number)
    var money: [String: Int64] = [:]
    for row in await fixture.store.rows(after: 0, limit: 1_000) {
      for posting in row.stored?.entry.postings ?? [] where !posting.source.isWorld {
        let kinds = [posting.source, posting.destination].map(MoneyFlow.kind(of:)).joined(separator: " > ")
        money["\(posting.amount.asset.name) \(kinds)", default: 0] += posting.amount.minor
      }
    }
    return (try await fixture.record(number), money)
  }

  @Test(arguments: [
    ("policies/treasury.lua", #"daily_share = "0.01""#, #"daily_share = "0.037""#),
    ("policies/treasury.lua", #"Clero = "2000.00"#, #"Clero = "2000.01"#),
    ("policies/treasury.lua", #"Scientisti = "2500.00"#, #"Scientisti = "99999.00"#),
    ("policies/names.lua", #"citizen_prefix = "citizen:""#, #"citizen_prefix = "person:""#),
    ("policies/sprint.lua", #"budget = "30000.00"#, #"budget = "30000.50"#),
    ("policies/sprint.lua", #"budget = "30000.00"#, #"budget = "99999.00"#),
  ])
  func `the money of a report is what the ledger shows when it is really so decided`(
    _ file: String, _ old: String, _ new: String
  ) async throws {
    let baseline = try RecordedWorld.shipped()
    let candidate = try RecordedWorld.shipped(file, [(old, new)])
    let world = try RecordedWorld(baseline)
    var (before, after): ([String: Int64], [String: Int64]) = ([:], [:])
    for (place, one) in Self.cases.enumerated() {
      let then = try await Self.decide(one, by: baseline, number: UInt64(place + 1))
      before.merge(then.money, uniquingKeysWith: +)
      after.merge(try await Self.decide(one, by: candidate, number: UInt64(place + 1)).money, uniquingKeysWith: +)
      world.keep(then.record)
    }
    let report = try await world.backtest(candidate)
    #expect(report.count(.unreplayable) == 0, "\(report.reasons)")
    func told(_ amount: (MoneyChange) -> ExactSum) -> [String: Int64] {
      let sums = report.money.map {
        ("\($0.key.asset.name) \($0.key.from) > \($0.key.to)", amount($0.value).json.integer ?? -1)
      }
      return Dictionary(uniqueKeysWithValues: sums).filter { $0.value != 0 }
    }
    #expect(told(\.before) == before)
    #expect(told(\.after) == after)
  }
}
