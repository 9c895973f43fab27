internal import Core
internal import Ledger
internal import StoreConformance
internal import Testing

/// How a ledger is held against a checkpoint.
struct CheckpointStandingTests {
  private static func ledger(_ entries: Int) async throws -> any LedgerStore {
    let store = MemoryLedgerStore(time: ManualTime().source)
    var ids = IdentifierGenerator()
    let from = try #require(AccountName("world"))
    let to = try #require(AccountName("citizen:anna"))
    let amount = try #require(Amount(text: "1.00 DUC/2"))
    for _ in 0..<entries {
      _ = try await store.commit(
        Submission([.event(.posted(ids.next(), from: from, to: to, amount))], authority: .operator))
    }
    return store
  }

  @Test func `a ledger covers every checkpoint of its own history`() async throws {
    let store = try await Self.ledger(0)
    var checkpoints = [Checkpoint(ledger: store.ledgerID, head: try await store.head())]
    var ids = IdentifierGenerator()
    let event = LedgerEvent.posted(
      ids.next(), from: try #require(AccountName("world")), to: try #require(AccountName("citizen:anna")),
      try #require(Amount(text: "1.00 DUC/2")))
    _ = try await store.commit(Submission([.event(event)], authority: .operator))
    checkpoints.append(Checkpoint(ledger: store.ledgerID, head: try await store.head()))
    for checkpoint in checkpoints { #expect(try await checkpoint.standing(of: store) == .covers) }
    #expect(CheckpointStanding.covers.last == nil)
  }

  @Test func `a ledger that ends earlier, has another entry or another name says where it ends`() async throws {
    let store = try await Self.ledger(3)
    var head = try await store.head()
    head.sequence = 5
    #expect(try await Checkpoint(ledger: store.ledgerID, head: head).standing(of: store) == .behind(3))
    head.sequence = 2
    #expect(try await Checkpoint(ledger: store.ledgerID, head: head).standing(of: store) == .parted(3))
    #expect(try await Checkpoint(ledger: "another", head: head).standing(of: store) == .another(3))
    #expect(CheckpointStanding.behind(3).last == 3)
  }
}
