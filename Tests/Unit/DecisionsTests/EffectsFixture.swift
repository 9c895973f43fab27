import Core
import Decisions
import Ledger
import LuaRuntime
import Rulebook
import TestSupport
import Testing

/// A ledger in memory, the shipped rulebook, and decisions between them.
struct EffectsFixture {
  let store: MemoryLedgerStore
  let decisions: CommittingDecisions
  let generation: Generation

  /// The rulebook of this repository.
  static let shipped = Result {
    let rulebook = try RulebookLoader.load(directory: Checkout.directory, runSpecs: false)
    return Generation(number: 7, rulebook: rulebook, activatedMilliseconds: 0)
  }

  static func generation(_ plugin: String) throws -> Generation {
    let snapshot = RulebookSnapshot(files: ["plugins/probe/plugin.lua": Array(plugin.utf8)])
    return Generation(
      number: 1, rulebook: try RulebookLoader.load(snapshot, runSpecs: false), activatedMilliseconds: 0)
  }

  init(
    _ generation: Generation? = nil, wrap: (MemoryLedgerStore) -> any LedgerStore = { $0 },
    limits: EffectLimits? = nil, tokens: any TokenPort = NoTokens(),
    observer: @escaping CommittingDecisions.Observer = { _ in true }
  ) throws {
    let generation = try generation ?? Self.shipped.get()
    self.generation = generation
    store = MemoryLedgerStore(time: TimeSource(wall: { 1_700_000_000_000_000_000 }, boot: { 0 }))
    var generous = EffectLimits()
    generous.run.deadline = .seconds(120)
    decisions = try CommittingDecisions(
      store: wrap(store), reader: HostReads(), tokens: tokens, limits: limits ?? generous,
      generation: { generation }, observer: observer)
  }

  func give(_ account: String, _ minor: Int64, id: UInt64) async throws {
    let event = LedgerEvent.posted(
      Identifier(high: 0x7000, low: 1 << 63 | id), from: try #require(AccountName("world")),
      to: try #require(AccountName(account)), Amount(minor, try #require(Asset("DUC/2"))))
    let receipt = try await store.commit(Submission([.event(event)], authority: .operator)).receipt
    #expect(receipt.refusal == nil)
  }

  /// The idempotency key of this number.
  static func key(_ number: UInt64) -> Identifier { Identifier(high: 0x018B_CFE5_6800_7000, low: 1 << 63 | number) }

  func decide(_ point: String, _ input: JSON, key: UInt64, booking: HostBooking? = nil) async -> Told {
    let question = Question(
      point, .sent((["input": input] as JSON).bytes), requester: "operator", key: Self.key(key), booking: booking)
    return await Told(question, by: decisions)
  }

  func available(_ account: String) async throws -> Int64? {
    await store.accounts(named: [try #require(AccountName(account))]).first?.balances.available
  }

  func record(_ key: UInt64) async throws -> RecordedDecision {
    let bytes = await store.record(Self.key(key))
    let recorded = try #require(bytes)
    return try #require(RecordedDecision(bytes: recorded))
  }
}

/// What somebody is told who asked.
enum Told: Sendable, Equatable {
  /// `{"decision_id","generation","result"}`
  case decided([UInt8], isRepeat: Bool)
  case failed(DecisionFailure, isRepeat: Bool)
  case keyReused(String)
  case unavailable(String)

  init(_ question: Question, by decisions: any Decisions) async {
    do throws(DecisionFailure) {
      let decided = try await decisions.decide(question)
      let head = #"{"decision_id":"\#(decided.id)","generation":\#(decided.generation),"result":"#
      self = .decided(Array(head.utf8) + decided.printed + Array("}".utf8), isRepeat: decided.isRepeat)
    } catch {
      if error.reason == DecisionFailure.keyReusedReason {
        self = .keyReused(error.message)
      } else if error.failure == nil {
        self = .unavailable(error.message)
      } else {
        self = .failed(error, isRepeat: error.run?.isRepeat ?? false)
      }
    }
  }

  var bytes: [UInt8]? { if case .decided(let bytes, _) = self { bytes } else { nil } }
  var body: JSON? { bytes.flatMap { try? JSON(parsing: $0) } }
  var failure: LuaFailure? { if case .failed(let failed, _) = self { failed.failure } else { nil } }
  var isRepeat: Bool? {
    switch self {
    case .decided(_, let isRepeat), .failed(_, let isRepeat): isRepeat
    case .keyReused, .unavailable: nil
    }
  }
}
