import Core
import Foundation
import Ledger
import LoggedLines
import Logging
import LuaRuntime
import Rulebook
import Testing

@testable import Decisions

/// A host that decides prices and payments, and keeps its records, with a shadow beside it.
final class ShadowFixture {
  let directory = "/tmp/cascade-shadow-\(UUID().uuidString)"
  let log: RecordLog
  let effects: EffectsFixture
  /// What the shadows say.
  let said = LogLines()
  private(set) var book: ShadowBook
  let ledger: any LedgerStore
  private let limits: ShadowLimits
  private let own: OwnDecisions
  private(set) var made: [RecordedDecision] = []

  /// The shadow reads the ledger that `reading` makes of the host's.
  init(
    _ rules: ProbeRules = ProbeRules(), limits: ShadowLimits = ShadowLimits(),
    reading: (MemoryLedgerStore) -> any LedgerStore = { $0 }
  ) throws {
    self.limits = limits
    let generation = Generation(number: 3, rulebook: try rules.rulebook(), activatedMilliseconds: 0)
    try RulebookArchive(directory: directory + "/rulebooks").store(generation.snapshot)
    log = try RecordLog(directory: directory + "/records")
    effects = try EffectsFixture(generation)
    ledger = reading(effects.store)
    // On a busy machine a price takes long.
    own = OwnDecisions(limits: RunLimits(fuel: 3_000_000, deadline: .seconds(60))) { generation }
    book = Self.book(directory, log, effects.generation, ledger, limits, said.logger)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  private static func book(
    _ directory: String, _ log: RecordLog, _ generation: Generation, _ ledger: any LedgerStore, _ limits: ShadowLimits,
    _ logger: Logger
  ) -> ShadowBook {
    let archive = RulebookArchive(directory: directory + "/rulebooks")
    let source = BacktestSource(DecisionRecords(ledger: ledger, log: log.reader), ledger)
    return ShadowBook(
      directory: directory + "/shadow", rulebooks: archive,
      loader: CandidateLoader(archive, source) { generation }, log: log, ledger: ledger, limits: limits,
      logger: logger)
  }

  /// Ends the book as a host that stops or is killed does, and begins another one.
  func restart() async {
    await book.close()
    book = Self.book(directory, log, effects.generation, ledger, limits, said.logger)
    await book.resume()
  }

  /// Decides prices of up to 80 pieces, each of which is recorded.
  func price(_ values: some Sequence<Int>) async throws {
    for value in values {
      let input: JSON = ["citizen": .string("c\(value % 7)"), "value": .integer(Int64(value % 80))]
      let record = try await own.decide("probe.price", input, requester: "tester").record
      #expect(await log.append(record))
      made.append(record)
    }
  }

  /// Rules of another factor, without what asks the host.
  static func rules(factor: Int = 3) -> ProbeRules {
    var rules = ProbeRules()
    (rules.accounts, rules.factor) = ([], factor)
    return rules
  }

  /// A candidate with the files of these rules.
  static func candidate(_ rules: ProbeRules) throws -> BacktestCandidate {
    .files(try rules.rulebook().snapshot.files)
  }

  /// How the shadow stands, once `isReached` holds of it.
  @discardableResult
  func wait(_ isReached: (JSON) -> Bool) async throws -> JSON {
    for _ in 0..<9_000 {
      if let json = book.json, isReached(json) { return json }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("the shadow doesn't come there: \(book.json?.text ?? "none")")
    return .null
  }

  /// The same once it has compared so many decisions.
  @discardableResult
  func wait(pairs: Int) async throws -> JSON { try await wait { $0["pairs"] == .integer(Int64(pairs)) } }

  /// The lines of the shadow's log.
  func lines(_ json: JSON) throws -> [JSON] {
    let path = "\(directory)/shadow/\(json["id"]?.string ?? "").verdicts"
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map {
      try JSON(parsing: Array($0.utf8))
    }
  }

  func close() async {
    await book.close()
    await effects.decisions.stop()
    await log.close()
  }
}
