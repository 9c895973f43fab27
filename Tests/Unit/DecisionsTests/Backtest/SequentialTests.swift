import Core
import Decisions
import Foundation
import Ledger
import Logging
import Rulebook
import TestSupport
import Testing

/// Decisions one after the other in a ledger of their own, held against a host that really decides so.
struct SequentialTests {
  private static let members: [String] = ["Nobili", "Cittadini", "Clero", "Facchini", "Scientisti"]

  /// Shares of the treasury, with deposits between, of which each follows from those before.
  private static func live(by rulebook: CheckedRulebook) async throws -> EffectsFixture {
    let fixture = try EffectsFixture(Generation(number: 1, rulebook: rulebook, activatedMilliseconds: 0))
    try await fixture.give("treasury", 100_000_000, id: 1)
    for day in 1...6 as ClosedRange<UInt64> {
      let citizens = (0..<Int(day)).map { place -> JSON in
        ["username": .string("c\(place)"), "social_class": .string(members[(place + Int(day)) % 5])]
      }
      _ = await fixture.decide("treasury.redistribute", ["citizens": .array(citizens)], key: day)
      if day % 2 == 0 { try await fixture.give("treasury", 333_333, id: 100 + day) }
    }
    return fixture
  }

  /// What moved between kinds of account, by the entries of a ledger, with what came from `world` left out.
  private static func money(_ fixture: EffectsFixture) async -> [String: Int64] {
    var money: [String: Int64] = [:]
    for row in await fixture.store.rows(after: 0, limit: 10_000) {
      for posting in row.stored?.entry.postings ?? [] where !posting.source.isWorld {
        let kinds = [posting.source, posting.destination].map(MoneyFlow.kind(of:)).joined(separator: " > ")
        money["\(posting.amount.asset.name) \(kinds)", default: 0] += posting.amount.minor
      }
    }
    return money
  }

  private static func report(
    _ fixture: EffectsFixture, _ candidate: CheckedRulebook, _ query: BacktestQuery = BacktestQuery()
  ) async throws -> BacktestReport {
    let directory = "/tmp/cascade-sequential-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let archive = RulebookArchive(directory: directory)
    try archive.store(fixture.generation.snapshot)
    return try await SequentialBacktest(candidate: candidate, archive: archive, query: query).run(fixture.store)
  }

  private static func told(_ report: BacktestReport, _ amount: (MoneyChange) -> ExactSum) -> [String: Int64] {
    let sums = report.money.map {
      ("\($0.key.asset.name) \($0.key.from) > \($0.key.to)", amount($0.value).json.integer ?? -1)
    }
    return Dictionary(uniqueKeysWithValues: sums).filter { $0.value != 0 }
  }

  @Test(arguments: [
    ("policies/treasury.lua", #"daily_share = "0.01""#, #"daily_share = "0.037""#),
    ("policies/treasury.lua", #"Clero = "2000.00"#, #"Clero = "2000.01"#),
    ("policies/treasury.lua", #"daily_share = "0.01""#, #"daily_share = "0.9""#),
    ("policies/treasury.lua", #"Clero = "2000.00"#, #"Clero = "9999999.00"#),
  ])
  func `the money is to the cent what the ledger shows when all is really so decided`(
    _ file: String, _ old: String, _ new: String
  ) async throws {
    let candidate = try RecordedWorld.shipped(file, [(old, new)])
    let then = try await Self.live(by: try RecordedWorld.shipped())
    let other = try await Self.live(by: candidate)
    let report = try await Self.report(then, candidate)
    #expect(report.selected == 6 && report.count(.unreplayable) == 0 && report.count(.unknown) == 0)
    #expect(Self.told(report, \.before) == (await Self.money(then)))
    #expect(Self.told(report, \.after) == (await Self.money(other)))
    let json = report.json(elapsed: 0)
    #expect(json["mode"] == "sequential" && json["sequential"]?["model"] == true)
    #expect(json["sequential"]?["first_parted"] != .null)
  }

  @Test func `its own rules change nothing, and what is before the window is as it was`() async throws {
    let rulebook = try RecordedWorld.shipped()
    let fixture = try await Self.live(by: rulebook)
    let same = try await Self.report(fixture, rulebook)
    #expect(same.allClasses.filter { $0.key != .same }.isEmpty, "\(same.classesText) \(same.reasons)")
    #expect(same.json(elapsed: 0)["sequential"]?["first_parted"] == .null)
    var query = BacktestQuery()
    query.limit = 2
    let candidate = try RecordedWorld.shipped(
      "policies/treasury.lua", [(#"daily_share = "0.01""#, #"daily_share = "0.02""#)])
    let few = try await Self.report(fixture, candidate, query)
    #expect(few.selected == 2 && few.recorded == 6 && few.firstParted == EffectsFixture.key(1))
  }

  /// What a host that keeps the decisions of `fixture` says to an order, once it is done with it.
  private static func hosted(
    _ fixture: EffectsFixture, _ candidate: BacktestCandidate, _ limits: BacktestLimits = BacktestLimits()
  ) async throws -> JSON {
    let directory = "/tmp/cascade-sequential-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let archive = RulebookArchive(directory: directory)
    try archive.store(fixture.generation.snapshot)
    let source = BacktestSource(pages: { _ in ([], nil) }, hold: { _ in nil })
    let book = BacktestBook(
      archive, source, ledger: fixture.store, loader: CandidateLoader(archive, source) { fixture.generation },
      limits: limits, logger: Logger(label: "backtests"))
    var order = BacktestOrder(candidate)
    order.query.mode = .sequential
    let id = try await book.begin(order)
    #expect(try await Patience.lasts { book.json(id)?["state"] != "running" })
    let json = try #require(book.json(id))
    await book.stop()
    return json
  }

  @Test func `a running host reports the same, and keeps what flips`() async throws {
    let fixture = try await Self.live(by: try RecordedWorld.shipped())
    let candidate = try RecordedWorld.shipped(
      "policies/treasury.lua", [(#"daily_share = "0.01""#, #"daily_share = "0.02""#)])
    let elsewhere = try await Self.report(fixture, candidate)
    let json = try await Self.hosted(fixture, .files(candidate.snapshot.files))
    #expect(json["state"] == "done" && json["report"]?["mode"] == "sequential", "\(json.text)")
    #expect(json["report"]?["digest"] == elsewhere.json(elapsed: 0)["digest"])
    #expect(json["flips"]?.integer == Int64(elsewhere.flips) && elsewhere.flips > 0)
  }

  @Test func `a ledger that is too long for a host's memory is said to be, before anything runs`() async throws {
    let fixture = try await Self.live(by: try RecordedWorld.shipped())
    var limits = BacktestLimits()
    limits.entries = Int(await fixture.store.head().sequence)
    #expect(try await Self.hosted(fixture, .generation(1), limits)["state"] == "done")
    limits.entries -= 1
    let json = try await Self.hosted(fixture, .generation(1), limits)
    #expect(json["state"] == "failed" && json["compared"] == 0 && json["report"] == .null)
    #expect(json["problem"]?.string?.contains("more than \(limits.entries) entries") == true, "\(json.text)")
  }
}
