import Core
import Decisions
import Ledger
import Synchronization
import Testing

/// The ledger whose balances are in memory, when what is under it fails.
struct LedgerProjectionTests {
  @Test func `a ledger that takes no more writes says so after the next of them, reads go on`() async throws {
    let store = MemoryLedgerStore(time: TimeSource(wall: { 1 }, boot: { 0 }))
    let ledger = try await LedgerProjection(store)
    _ = try await ledger.sweep()
    #expect(ledger.isWritable)
    await store.close()
    #expect(ledger.isWritable)
    await #expect(throws: StoreError.self) { try await ledger.sweep() }
    #expect(!ledger.isWritable)
    await #expect(throws: StoreError.self) { try await ledger.commit(Submission([])) }
    #expect(!ledger.isWritable)
    #expect(try await ledger.head() == LedgerHead())
  }

  @Test func `what is committed and what expires is in memory when the call returns`() async throws {
    let clock = Mutex<Int64>(1)
    let store = MemoryLedgerStore(
      time: TimeSource(wall: { clock.withLock { $0 } }, boot: { clock.withLock { $0 } }))
    let ledger = try await LedgerProjection(store)
    let names = ["world", "alice", "bob"].compactMap { AccountName($0) }
    let ducats = try #require(Asset("DUC/2"))
    func id(_ number: UInt64) -> Identifier { Identifier(high: 0x7000, low: 1 << 63 | number) }
    _ = try await ledger.commit(
      Submission([.event(.posted(id(1), from: names[0], to: names[1], Amount(10, ducats)))], authority: .operator))
    let hold = LedgerEvent.pending(id(2), from: names[1], to: names[2], Amount(4, ducats), timeoutSeconds: 1)
    _ = try await ledger.commit(Submission([.event(hold)]))
    #expect(ledger.balances.balance(of: names[1]) == Amount(6, ducats))
    #expect(ledger.balances.held(names[1]).version == 2)
    clock.withLock { $0 += 2_000_000_000 }
    _ = try await ledger.sweep()
    #expect(ledger.balances.balance(of: names[1]) == Amount(10, ducats))
    #expect(ledger.balances.held(names[1]).version == 3)
    #expect(ledger.balances.balance(of: names[2]) == Amount(0, ducats))
    // Changes that come later than newer ones change nothing.
    let old = try #require(await store.accounts(named: [names[1]]).first)
    _ = try await ledger.commit(
      Submission([.event(.posted(id(3), from: names[1], to: names[2], Amount(1, ducats)))]))
    var changes = LedgerChanges()
    changes.accounts = [old]
    ledger.balances.take(changes)
    #expect(ledger.balances.balance(of: names[1]) == Amount(9, ducats))
  }
}
