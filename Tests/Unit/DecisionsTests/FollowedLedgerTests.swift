import Core
import Decisions
import Ledger
import Testing

/// The ledger whose balances are in memory, when what is under it fails.
struct FollowedLedgerTests {
  @Test func `a ledger that takes no more writes says so after the next of them, reads go on`() async throws {
    let store = MemoryLedgerStore(time: TimeSource(wall: { 1 }, boot: { 0 }))
    let ledger = try await FollowedLedger(store)
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
}
