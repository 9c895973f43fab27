import Core
@testable import Decisions
import Foundation
import Ledger
import Synchronization
import Testing

/// Which piece of what is kept is verified next is left to chance, and each comes once in a pass.
struct SelfCheckOrderTests {
  /// A ledger of which some entries aren't what they were, and that can't be read for a while.
  private final class OddLedger: ForwardingStore {
    let store = MemoryLedgerStore(time: TimeSource(wall: { 1_700_000_000_000_000_000 }, boot: { 0 }))
    /// Changes a row that is read.
    let change = Mutex<@Sendable (inout LedgerRow) -> Void>({ _ in })
    /// How many reads fail from now on.
    let failures = Mutex(0)
    /// After which entry rows were read.
    let reads = Mutex<[Int64]>([])

    func rows(after sequence: Int64, limit: Int) async throws(StoreError) -> [LedgerRow] {
      let fails = failures.withLock { left in
        left -= 1
        return left >= 0
      }
      if fails { throw StoreError(.io, "gone") }
      reads.withLock { $0.append(sequence) }
      var rows = await store.rows(after: sequence, limit: limit)
      let change = change.withLock { $0 }
      for place in rows.indices { change(&rows[place]) }
      return rows.filter { $0.sequence > 0 }
    }

    /// Posts so many entries.
    func post(_ count: UInt64) async throws {
      let (world, pot) = (try #require(AccountName("world")), try #require(AccountName("pot")))
      let amount = Amount(1, try #require(Asset("DUC/2")))
      for number in 0..<count {
        let id = Identifier(high: 0x7000, low: 1 << 63 | number)
        let event = LedgerEvent.posted(id, from: world, to: pot, amount)
        #expect(try await store.commit(Submission([.event(event)], authority: .operator)).receipt.refusal == nil)
      }
    }
  }

  /// Steps until a pass has ended.
  private static func pass(_ ledger: OddLedger, _ log: RecordLog) async throws -> [SelfCheckStep] {
    let check = SelfCheck(log, ledger) { _ in Replay(verdict: .same) }
    var steps: [SelfCheckStep] = []
    repeat { steps.append(try await check.step()) } while steps.last?.endsPass == false
    return steps
  }

  private static func run(_ body: (OddLedger, RecordLog) async throws -> Void) async throws {
    let directory = "/tmp/cascade-selfcheck-\(UUID().uuidString)"
    defer { try? FileManager.default.removeItem(atPath: directory) }
    let log = try RecordLog(directory: directory, limits: RecordLimits())
    try await body(OddLedger(), log)
    await log.close()
  }

  @Test func `an order by chance comes by each place once`() {
    for count in [0, 1, 2, 3, 4, 6, 30, 97, 1_000, 1_024] {
      var order = SelfCheckOrder(count)
      var places: [Int] = []
      while let place = order.next() { places.append(place) }
      #expect(places.sorted() == Array(0..<count))
      #expect(order.isOver)
    }
  }

  @Test func `pieces of the ledger are verified in an order by chance, each once in a pass`() async throws {
    try await Self.run { ledger, log in
      try await ledger.post(1_000)
      var orders: Set<[Int64]> = []
      for _ in 0..<8 {
        ledger.reads.withLock { $0 = [] }
        let steps = try await Self.pass(ledger, log)
        #expect(steps.flatMap(\.faults) == [])
        // The log of records has begun its first segment, which is a piece, too.
        #expect(steps.count == 32 + 1)
        let reads = ledger.reads.withLock { $0 }
        #expect(reads.sorted() == (0..<32).map { max(0, 32 * $0 - 1) })
        orders.insert(reads)
      }
      #expect(orders.count > 1)
    }
  }

  @Test func `an entry that was changed, one that follows another and one that is gone are found`() async throws {
    try await Self.run { ledger, log in
      try await ledger.post(100)
      ledger.change.withLock { change in
        change = { row in if row.sequence == 57 { row.canonicalBytes[row.canonicalBytes.count - 1] ^= 1 } }
      }
      let changed = try await Self.pass(ledger, log).flatMap(\.faults)
      #expect(changed.contains { $0.hasPrefix("entry 57 of the ledger ") }, "\(changed)")
      // At the seam of two pieces, too.
      ledger.change.withLock { change in change = { row in if row.sequence == 64 { row.hash[0] ^= 1 } } }
      let other = try await Self.pass(ledger, log).flatMap(\.faults)
      #expect(other.contains("entry 64 of the ledger is not what was written"), "\(other)")
      #expect(other.contains("entry 65 of the ledger follows another entry than the one before it"), "\(other)")
      for gone in [50, 64] as [Int64] {
        ledger.change.withLock { change in change = { row in if row.sequence == gone { row.sequence = -1 } } }
        let faults = try await Self.pass(ledger, log).flatMap(\.faults)
        #expect(
          faults.contains("entry \(gone + 1) of the ledger does not follow entry \(gone - 1)")
            || faults.contains("entry \(gone) of the ledger is missing"), "\(faults)")
      }
    }
  }

  @Test func `a piece that can't be read now is verified before the pass ends`() async throws {
    try await Self.run { ledger, log in
      try await ledger.post(100)
      let check = SelfCheck(log, ledger) { _ in Replay(verdict: .same) }
      var (failed, ends) = (0, false)
      while !ends {
        if failed < 3 { ledger.failures.withLock { $0 = 1 } }
        do { ends = try await check.step().endsPass } catch is StoreError { failed += 1 }
      }
      #expect(failed == 3)
      #expect(ledger.reads.withLock { $0.sorted() } == [0, 31, 63, 95])
    }
  }
}
