import CascadeHost
import Core
import Ledger
import LuaRuntime
import Rulebook
import Testing

/// A ledger in memory, the shipped rulebook, and decisions between them.
struct EffectsFixture {
  let store: MemoryLedgerStore
  let decisions: EffectfulDecisions
  let generation: Generation

  /// The rulebook of this repository.
  static let shipped = Result {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let rulebook = try RulebookLoader.load(directory: "/" + root, runSpecs: false)
    return Generation(number: 7, rulebook: rulebook, activatedMilliseconds: 0)
  }

  static func generation(_ plugin: String) throws -> Generation {
    let snapshot = RulebookSnapshot(files: ["plugins/probe/plugin.lua": Array(plugin.utf8)])
    return Generation(
      number: 1, rulebook: try RulebookLoader.load(snapshot, runSpecs: false), activatedMilliseconds: 0)
  }

  init(
    _ generation: Generation? = nil, wrap: (MemoryLedgerStore) -> any LedgerStore = { $0 },
    limits: EffectLimits? = nil, tokens: any TokenIntentPort = NoTokens(),
    observer: @escaping EffectfulDecisions.Observer = { _ in true }
  ) throws {
    let generation = try generation ?? Self.shipped.get()
    self.generation = generation
    store = MemoryLedgerStore(time: TimeSource(wall: { 1_700_000_000_000_000_000 }, boot: { 0 }))
    var generous = EffectLimits()
    generous.run.deadline = .seconds(120)
    decisions = try EffectfulDecisions(
      store: wrap(store), balances: nil, reader: HostReads(balances: EmptyHost(), graph: EmptyHost()),
      tokens: tokens, limits: limits ?? generous, generation: { generation }, observer: observer)
  }

  func give(_ account: String, _ minor: Int64, id: UInt64) async throws {
    let event = LedgerEvent.posted(
      Identifier(high: 0x7000, low: 1 << 63 | id), from: try #require(AccountName("world")),
      to: try #require(AccountName(account)), Amount(minor, try #require(Asset("DUC/2"))))
    let receipt = try await store.commit(Submission([.event(event)]))
    #expect(receipt.refusal == nil)
  }

  func decide(_ point: String, _ input: JSON, key: UInt64) async -> EffectfulReply {
    let key = Identifier(high: 0x018B_CFE5_6800_7000, low: 1 << 63 | key)
    let body: JSON = ["input": input]
    return await decisions.decide(EffectfulRequest(point: point, body: body.bytes, key: key, requester: "operator"))
  }

  func available(_ account: String) async throws -> Int64? {
    await store.accounts(named: try #require(AccountName(account))).first?.balances.available
  }

  func record(_ key: UInt64) async throws -> RecordedDecision {
    let bytes = await store.record(Identifier(high: 0x018B_CFE5_6800_7000, low: 1 << 63 | key))
    let recorded = try #require(bytes)
    return try #require(RecordedDecision(bytes: recorded))
  }
}

extension EffectfulReply {
  var body: JSON? { if case .decided(let bytes, _) = self { try? JSON(parsing: bytes) } else { nil } }
  var failure: LuaFailure? { if case .failed(let failed, _) = self { failed.failure } else { nil } }
}
