import Core
import Decisions
import Foundation
import Ledger
import LuaRuntime
import Rulebook
import TestSupport
import Testing

/// Makes records as a host does, one machine and one handler, and runs backtests on them.
final class RecordedWorld {
  let directory: String
  let rulebook: CheckedRulebook
  private(set) var records: [RecordedDecision] = []
  /// What `ledger.balance` answers.
  var balances: [String: String] = [:]
  /// What `graph.metrics` and `graph.null_model` answer.
  var graph: JSON = .null
  var generation = 1
  private let machine: VirtualMachine

  init(_ rulebook: CheckedRulebook) throws {
    self.rulebook = rulebook
    directory = "/tmp/cascade-backtest-\(UUID().uuidString)"
    machine = try rulebook.makeMachine()
    try RulebookArchive(directory: directory).store(rulebook.snapshot)
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// The rulebook of the checkout, with texts replaced in one of its files.
  static func shipped(_ path: String = "", _ replacements: [(String, String)] = []) throws -> CheckedRulebook {
    var files = try RulebookLoader.read(directory: Checkout.directory).files
    if !path.isEmpty {
      var text = String(decoding: try #require(files[path]), as: UTF8.self)
      for (old, new) in replacements {
        try #require(text.contains(old), "\(path) has no \(old)")
        text = text.replacingOccurrences(of: old, with: new)
      }
      files[path] = Array(text.utf8)
    }
    return try load(files)
  }

  static func load(_ files: [ExactText: [UInt8]]) throws -> CheckedRulebook {
    try RulebookLoader.load(RulebookSnapshot(files: files), runSpecs: false)
  }

  static func load(_ files: [String: String]) throws -> CheckedRulebook {
    try RulebookLoader.load(RulebookSnapshot(files: files.mapValues { Array($0.utf8) }), runSpecs: false)
  }

  /// Makes a decision and keeps its record, under an id that follows from its place.
  @discardableResult
  func decide(_ point: String, _ input: String, holds: [Identifier: KnownHold] = [:]) throws -> RecordedDecision {
    let number = try #require(rulebook.number(of: point), "no decision \(point)")
    let time = Int64(1_790_000_000_000 + records.count * 1_000)
    let id = Identifier(milliseconds: time, random: (UInt64(records.count) << 20, UInt64(records.count)))
    let host = WorldHost(self, decision: rulebook.decisions[number], id: id, holds: holds)
    let bytes = Array(input.utf8)
    let request = RunRequest(
      decision: number, nowMilliseconds: time, id: id,
      limits: RunLimits(fuel: rulebook.decisions[number].hasEffects ? 100_000_000 : 3_000_000, deadline: .seconds(60)))
    let outcome = bytes.withUnsafeBytes { machine.decide(request, input: $0, handler: host) }
    var record = RecordedDecision(
      id: id, point: point, generation: generation, digest: rulebook.digest, input: try JSON(parsing: bytes))
    record.calls = host.calls
    record.fuel = outcome.cost.fuel
    record.nowMilliseconds = outcome.nowMilliseconds
    record.timeMilliseconds = time
    switch outcome.ending {
    case .result(let result): record.result = try JSON(parsing: Array(result))
    case .failure(let failure): record.failure = failure
    case .fetch: Issue.record("\(point) fetched")
    }
    records.append(record)
    return record
  }

  func keep(_ record: RecordedDecision) { records.append(record) }

  /// The records, the latest first, in pages of seven.
  func source(holds: [Identifier: HeldMoney] = [:]) -> BacktestSource {
    let kept = records.sorted { $0.id > $1.id }
    return BacktestSource(
      pages: { before in
        let rest = kept.filter { record in before.map { record.id < $0 } ?? true }
        let page = Array(rest.prefix(7))
        return (page.map(\.json), rest.count > 7 ? page.last?.id : nil)
      }, hold: { holds[$0] })
  }

  /// A backtest of all records.
  func backtest(
    _ candidate: CheckedRulebook, query: BacktestQuery = BacktestQuery(), jobs: Int = 1,
    holds: [Identifier: HeldMoney] = [:], each: (RecordComparison) -> Void = { _ in }
  ) async throws -> BacktestReport {
    let archive = RulebookArchive(directory: directory)
    return try await Backtest(candidate: candidate, archive: archive, query: query, jobs: jobs)
      .run(source(holds: holds), each: { comparison, _ in each(comparison) })
  }
}

/// Answers from the world's balances and graph, and takes effects down, as a host does.
private final class WorldHost: HostCallHandler {
  var calls: [RecordedCall] = []
  private let world: RecordedWorld
  private let decision: DecisionDefinition
  private let holds: [Identifier: KnownHold]
  private var effects: PlannedEffects

  init(_ world: RecordedWorld, decision: DecisionDefinition, id: Identifier, holds: [Identifier: KnownHold]) {
    self.world = world
    self.decision = decision
    self.holds = holds
    effects = PlannedEffects(of: decision, id: id)
  }

  func answer(call number: Int, arguments: [UInt8]) -> HostAnswer {
    let answer = reply(number, arguments)
    let given = (try? JSON(parsing: arguments)) ?? .null
    if let call = RecordedCall(call: HostCallName(number: number)?.rawValue ?? "?", arguments: given, answer: answer) {
      calls.append(call)
    }
    return answer
  }

  private func reply(_ number: Int, _ arguments: [UInt8]) -> HostAnswer {
    guard let name = HostCallName(number: number) else { return .failure(.forbidden, "no call") }
    do throws(HostCallProblem) {
      let call = try HostCall(name, arguments: arguments)
      switch call {
      case .balance(let account):
        return .value(world.balances[account.text].map { Array($0.utf8) } ?? JSON.null.bytes)
      case .graph: return .value(world.graph.bytes)
      case .sign, .take: return .failure(.runtime, "identity is not available")
      case .post, .hold, .settle, .void:
        guard let id = try effects.add(call, hold: { holds[$0] ?? .absent }) else { return .fetch }
        return .value((["id": .string(id.description)] as JSON).bytes)
      }
    } catch {
      return .failure(error.code, error.message)
    }
  }
}
