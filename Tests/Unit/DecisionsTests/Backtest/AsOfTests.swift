import Core
import Ledger
import Rulebook
import Testing

@testable import Decisions

/// Balances that nobody asked for when a decision was made, as they were then.
struct AsOfTests {
  @Test func `a balance that only the candidate asks for is answered as it was then`() async throws {
    var rules = ProbeRules()
    let world = try RecordedWorld(rules.rulebook())
    world.balances = ["pool:one": #"{"asset":"DUC/2","minor":11}"#]
    for value in 1...20 { try world.decide("probe.price", #"{"citizen":"anna","value":\#(value)}"#) }
    rules.accounts = ["pool:two", "pool:one"]
    let candidate = try rules.rulebook()
    #expect(try await world.backtest(candidate).allClasses == [.unknown: 20])
    let asset = try #require(Asset("DUC/2"))
    var source = world.source()
    source.balance = { account, record in
      account.text == "pool:two" ? Amount(record.input["value"]?.integer ?? 0, asset) : nil
    }
    var query = BacktestQuery()
    query.answers = .asOf
    let archive = RulebookArchive(directory: world.directory)
    let backtest = Backtest(candidate: candidate, archive: archive, query: query, jobs: 2)
    var fees: [Int64: Int64] = [:]
    let report = try await backtest.run(source) { _ in
    } each: { comparison, question in
      guard case .answered(let result) = comparison.after?.ending else { return }
      fees[question.record.input["value"]?.integer ?? 0] = result["fee"]?.integer
    }
    #expect(report.count(.unknown) == 0 && report.count(.changed) == 20)
    #expect(report.json(elapsed: 0)["answers"] == "as-of")
    for (value, fee) in fees { #expect(fee == value * 3 + 11 + value) }
    // Without such a source it stays unknown.
    source.balance = nil
    #expect(try await backtest.run(source).count(.unknown) == 20)
  }

  @Test func `balances of then are those that the ledger answered then`() async throws {
    var rules = ProbeRules()
    rules.posts = 1
    let fixture = try EffectsFixture(
      Generation(number: 1, rulebook: try rules.rulebook(), activatedMilliseconds: 0))
    try await fixture.give("pot", 10_000, id: 1)
    let pot = try #require(AccountName("pot"))
    var before: [UInt64: Int64] = [:]
    for number in 2...9 as ClosedRange<UInt64> {
      before[number] = try await fixture.available("pot")
      _ = await fixture.decide("probe.pay", ["citizen": "anna", "value": .integer(Int64(number))], key: number)
      if number % 3 == 0 { try await fixture.give("pot", 500, id: 100 + number) }
    }
    let past = PastBalances(fixture.store)
    for (number, available) in before {
      let record = try await fixture.record(number)
      #expect(try await past.balance(of: pot, at: record)?.minor == available, "\(number)")
    }
    var record = try await fixture.record(4)
    #expect(try await past.balance(of: try #require(AccountName("citizen:nobody")), at: record) == nil)
    // A decision that made no entry is placed by its time.
    (record.effects, record.timeMilliseconds) = ([], 1_700_000_000_000)
    #expect(try await past.balance(of: pot, at: record)?.minor == (try await fixture.available("pot")))
    record.timeMilliseconds = 1_600_000_000_000
    #expect(try await past.balance(of: pot, at: record) == nil)
  }
}
