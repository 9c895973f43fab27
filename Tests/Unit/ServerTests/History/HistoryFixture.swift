import Core
import Decisions
import Foundation
import HTTPTypes
import Hummingbird
import Ledger
import Logging
import LuaRuntime
import Rulebook
import Synchronization
import Testing

@testable import Server

/// A host's past: decisions about a fee of 3 to 1 and a limit, in a log of records, with what can be asked of it.
final class HistoryFixture {
  /// What was told of backtests.
  final class News: Sendable {
    let list = Mutex<[(id: Identifier, json: JSON)]>([])
  }

  let directory = "/tmp/cascade-history-\(UUID().uuidString)"
  let store = MemoryLedgerStore(time: TimeSource(wall: { 1_700_000_000_000_000_000 }, boot: { 0 }))
  let log: RecordLog
  let book: BacktestBook
  let api: APIFixture
  let news = News()
  private let decisions: OwnDecisions
  private(set) var records: [RecordedDecision] = []

  init(limits: BacktestLimits = BacktestLimits()) throws {
    log = try RecordLog(directory: directory + "/records")
    let archive = RulebookArchive(directory: directory + "/rulebooks")
    let rulebook = try RulebookLoader.load(
      RulebookSnapshot(files: Self.files().mapValues { Array($0.utf8) }), runSpecs: false)
    try archive.store(rulebook.snapshot)
    let generation = Generation(number: 4, rulebook: rulebook, activatedMilliseconds: 0)
    // On a busy machine a price takes long.
    decisions = OwnDecisions(limits: RunLimits(fuel: 3_000_000, deadline: .seconds(60))) { generation }
    let kept = DecisionRecords(ledger: store, log: log.reader)
    let source = BacktestSource(kept, store)
    book = BacktestBook(
      archive, source, ledger: store, loader: CandidateLoader(archive, source) { generation }, limits: limits,
      logger: Logger(label: "backtests")
    ) { [news] id, json in news.list.withLock { $0.append((id, json)) } }
    api = APIFixture(
      endpoints: Endpoint.backtests(book) + Endpoint.explanations(RecordExplainer(kept, store, archive)))
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// The files of the rulebook, or of one with another factor.
  static func files(factor: Int = 3, limit: Int = 100) -> [String: String] {
    [
      "policies/probe.lua": """
      return {
        -- Who may change it: the council, by vote.
        factor = \(factor),
        limit = \(limit),
      }

      """,
      "plugins/probe/plugin.lua": """
      local policy = require "policies.probe"
      return { name = "probe", version = "1.0.0", decisions = { ["probe.price"] = {
        summary = "A price.", input = { citizen = "string", value = "integer" }, output = { fee = "integer" },
        decide = function(input)
          if input.value > policy.limit then return nil, { code = "too_much", message = "too much" } end
          return { fee = input.value * policy.factor }
        end,
      } } }

      """,
    ]
  }

  /// A candidate as a request has it.
  static func candidate(factor: Int = 3, limit: Int = 100) -> JSON {
    [
      "files": .object(
        JSON.Object(files(factor: factor, limit: limit).sorted { $0.key < $1.key }.map { ($0, .string($1)) }))
    ]
  }

  /// Makes decisions on the values 1, 2, 3, … and keeps their records.
  func decide(_ count: Int) async throws {
    for value in 1...count {
      let input: JSON = ["citizen": .string("citizen-\(value % 5)"), "value": .integer(Int64(value))]
      let record = try await decisions.decide("probe.price", input, requester: "tester").record
      records.append(record)
      #expect(await log.append(record))
    }
  }

  func ask(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> Reply {
    try await api.ask(HTTPRequest.Method(rawValue: method) ?? .get, path, api.authorization, body: body?.bytes)
  }

  /// Begins a backtest and waits for its end.
  func backtest(_ body: JSON) async throws -> (path: String, json: JSON) {
    let begun = try await ask("POST", "/v1/backtests", body)
    #expect(begun.status == 202, "\(begun.text)")
    let path = try #require(begun.field("location"))
    return (path, try await end(of: path))
  }

  /// Waits for the end of a backtest.
  func end(of path: String) async throws -> JSON {
    for _ in 0..<12_000 {
      let json = try await ask("GET", path).json
      if json["state"] != "running" { return json }
      try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("the backtest doesn't end")
    return .null
  }
}
