package import Ledger

/// What every store must do, as cases that a driver's tests run one by one.
package struct ConformanceCase: Sendable, CustomStringConvertible {
  package var description: String
  /// Throws when the store breaks the promise.
  package var run: @Sendable (any LedgerStore, ManualTime) async throws -> Void

  init(_ description: String, _ run: @escaping @Sendable (any LedgerStore, ManualTime) async throws -> Void) {
    self.description = description
    self.run = run
  }

  /// All cases, by subject.
  package static let all =
    transfers + holds + idempotency + chains + accounts + reversals + decisions + changes + reading + statements
    + tree + limits
}

extension LedgerStore {
  /// Commits events as they are linked.
  package func send(_ events: LedgerEvent..., authority: Authority = .operator) async throws -> Receipt {
    try await commit(Submission(events.map { .event($0) }, authority: authority)).receipt
  }

  /// Gives an account ducats from the world.
  package func fund(_ name: String, _ minor: Int64, _ number: UInt64 = 1_000_000) async throws {
    let (world, receiver) = (StoreConformance.account("world"), StoreConformance.account(name))
    let receipt = try await send(.posted(id(number), from: world, to: receiver, ducats(minor)))
    try same(receipt.outcomes, ["created"])
  }

  /// Posted, pending and available of an account.
  package func figures(_ name: String) async throws -> [Int64] {
    let balances = try await self.account(StoreConformance.account(name))?.balances
    return balances.map { [$0.posted, $0.pending, $0.available] } ?? []
  }
}
