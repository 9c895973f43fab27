import Core
import Decisions
import Foundation
import Ledger
import LuaRuntime
import Rulebook
import StoreSQLite
import Testing

/// `treasury.redistribute` over ten thousand citizens, on the store that hosts run on.
struct RedistributionTests {
  private static let pot: Int64 = 100_000_000_007
  private static let count = 10_000

  private static let question: Question = {
    let classes = ["Nobili", "Facchini", "Clero", "Cittadini", "Popolani", "Scientisti", "Foresti"]
    let citizens: [JSON] = (0..<count).map { number in
      ["username": .string("c\(number)"), "social_class": .string(classes[number % classes.count])]
    }
    let body: JSON = ["input": ["citizens": .array(citizens)]]
    return Question(
      "treasury.redistribute", .sent(body.bytes), requester: "operator",
      key: key)
  }()

  private static let key = Identifier(high: 0x018B_CFE5_6800_7000, low: 1 << 63 | 77)

  private static func open(_ directory: String) async throws -> (LedgerProjection, CommittingDecisions) {
    let ledger = try await LedgerProjection(try SQLiteLedgerStore(directory: directory))
    let generation = try EffectsFixture.shipped.get()
    // The fuel is what a host gives; how long that takes is for the machine that tests.
    var limits = EffectLimits()
    limits.run.deadline = .seconds(120)
    let decisions = try CommittingDecisions(
      ledger: ledger, reader: HostReads(balances: ledger.balances, graph: EmptyHost()),
      limits: limits, generation: { generation })
    return (ledger, decisions)
  }

  private static func fund(_ ledger: LedgerProjection, closing closed: String? = nil) async throws {
    let ducats = try #require(Asset("DUC/2"))
    let (world, treasury) = (try #require(AccountName("world")), try #require(AccountName("treasury")))
    func id(_ number: UInt64) -> Identifier { Identifier(high: 0x7000, low: 1 << 63 | number) }
    var events = [SubmittedEvent.event(.posted(id(1), from: world, to: treasury, Amount(pot, ducats)))]
    if let closed = closed.flatMap({ AccountName($0) }) {
      events.append(.event(.account(id(2), closed, isClosed: true)))
    }
    #expect(try await ledger.commit(Submission(events, authority: .operator)).receipt.refusal == nil)
  }

  private static func accounts(of ledger: some LedgerAuditing) async throws -> [Account] {
    var accounts: [Account] = []
    try await ledger.eachAccount { accounts.append($0) }
    return accounts
  }

  @Test func `it commits as one chain with exact sums, and is there after a restart`() async throws {
    let directory = "/tmp/cascade-redistribution-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let (ledger, decisions) = try await Self.open(directory)
    try await Self.fund(ledger)
    let before = try await ledger.head().sequence
    guard case .decided(let bytes, false) = await Told(Self.question, by: decisions) else {
      Issue.record("it was not decided")
      return
    }
    let result = try #require(try JSON(parsing: bytes, limits: RecordLimits.parsing)["result"])
    let paid = try #require(result["paid"]?["minor"]?.integer)
    #expect(paid > 0)

    var (moved, chains, keys, count) = (Int64(0), Set<Identifier>(), Set<String>(), 0)
    try await ledger.forEachEntry { stored throws(StoreError) in
      guard stored.entry.sequence > before else { return }
      count += 1
      moved += stored.entry.postings[0].amount.minor
      keys.insert(stored.entry.idempotencyKey)
      if let chain = stored.entry.chain { chains.insert(chain) }
    }
    #expect(moved == paid)
    #expect(chains.count == 1)
    #expect(keys == [Self.key.description])
    #expect(try await ledger.head().sequence == before + Int64(count))
    let record = try #require(try await ledger.record(Self.key).flatMap { RecordedDecision(bytes: $0) })
    #expect(record.effects.count == count)
    #expect(count > 8_000)
    let rulebook = try EffectsFixture.shipped.get().rulebook
    #expect(RecordedRun.replay(record, by: rulebook).verdict == .same)
    await decisions.stop()
    await ledger.close()

    let (reopened, again) = try await Self.open(directory)
    #expect(await Told(Self.question, by: again) == .decided(bytes, isRepeat: true))
    let accounts = try await Self.accounts(of: reopened)
    let citizens = accounts.filter { $0.name.text.hasPrefix("citizen:") }
    #expect(citizens.reduce(0) { $0 + $1.balances.posted } == paid)
    #expect(accounts.first { $0.name.text == "treasury" }?.balances.posted == Self.pot - paid)
    #expect(try await reopened.verify(against: nil).problem == nil)
    await again.stop()
    await reopened.close()
  }

  @Test func `when one of the ten thousand can't be paid, nobody is`() async throws {
    let directory = "/tmp/cascade-redistribution-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let (ledger, decisions) = try await Self.open(directory)
    try await Self.fund(ledger, closing: "citizen:c9998")
    let (head, accounts) = (try await ledger.head(), try await Self.accounts(of: ledger))
    guard case .failed(let failed, false) = await Told(Self.question, by: decisions) else {
      Issue.record("it was decided")
      return
    }
    #expect(failed.failure?.code == .refused)
    #expect(failed.reason == "account_closed")
    #expect(failed.message.contains("citizen:c9998"))
    // Nothing but what binds the record.
    let added = try await ledger.rows(after: head.sequence, limit: 5).map { $0.stored?.entry.kind }
    #expect(added == [.decision])
    #expect(try await Self.accounts(of: ledger) == accounts)
    let record = try #require(try await ledger.record(Self.key).flatMap { RecordedDecision(bytes: $0) })
    #expect(record.effects.isEmpty)
    await decisions.stop()
    await ledger.close()
  }
}
