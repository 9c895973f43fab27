package import Core
package import Ledger
internal import Synchronization

/// A ledger whose balances are also in memory: after each commit and sweep they are brought up to date, whoever asked
/// for it and whatever expired meanwhile. Everybody who writes must write through it.
package final class FollowedLedger: LedgerStore {
  /// The balances in memory.
  package let balances: LedgerBalances
  private let store: any LedgerStore
  private let takesWrites = Mutex(true)

  /// Follows `store`, whose accounts are read first. O(accounts).
  package init(_ store: any LedgerStore) async throws(StoreError) {
    self.store = store
    balances = try await LedgerBalances(loading: store)
  }

  /// The name of the ledger.
  package var ledgerID: String { store.ledgerID }
  /// Ledger time.
  package var now: Int64 { store.now }

  /// Whether the store takes writes, by the last one: after one that failed it takes no more until the host starts
  /// again. A sweep tells within its interval.
  package var isWritable: Bool { takesWrites.withLock { $0 } }

  /// Commits, and returns when the balances in memory have it too.
  package func commit(_ submission: Submission) async throws(StoreError) -> Receipt {
    let receipt = try await watched { () async throws(StoreError) in try await store.commit(submission) }
    // Durable already: a failure to read it back must not look like a failure to write it.
    try? await balances.catchUp(with: store)
    return receipt
  }

  /// The same for what is made when its turn has come.
  package func commit(_ late: LateSubmission) async throws(StoreError) -> Receipt? {
    let receipt = try await watched { () async throws(StoreError) in try await store.commit(late) }
    try? await balances.catchUp(with: store)
    return receipt
  }

  /// Releases holds whose time is over; how many.
  package func sweep() async throws(StoreError) -> Int {
    let count = try await watched { () async throws(StoreError) in try await store.sweep() }
    try? await balances.catchUp(with: store)
    return count
  }

  private func watched<Value>(
    _ write: () async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    do throws(StoreError) {
      let value = try await write()
      takesWrites.withLock { $0 = true }
      return value
    } catch {
      if error.code == .closed { takesWrites.withLock { $0 = false } }
      throw error
    }
  }

  /// Where the chain of hashes ends.
  package func head() async throws(StoreError) -> LedgerHead { try await store.head() }
  /// The account of this name.
  package func accounts(named name: AccountName) async throws(StoreError) -> [Account] {
    try await store.accounts(named: name)
  }
  /// All accounts by key.
  package func allAccounts() async throws(StoreError) -> [Account] { try await store.allAccounts() }
  /// All open holds.
  package func openHolds() async throws(StoreError) -> [Hold] { try await store.openHolds() }
  /// The entry with this id.
  package func entry(_ id: Identifier) async throws(StoreError) -> StoredEntry? { try await store.entry(id) }
  /// The entries that resolve or reverse the one with this id.
  package func entries(naming id: Identifier) async throws(StoreError) -> [StoredEntry] {
    try await store.entries(naming: id)
  }
  /// The decision record with this id.
  package func record(_ id: Identifier) async throws(StoreError) -> [UInt8]? { try await store.record(id) }
  /// The decision records before this id, from the end.
  package func records(before id: Identifier?, limit: Int) async throws(StoreError) -> [DecisionRecord] {
    try await store.records(before: id, limit: limit)
  }
  /// Rows after `sequence`.
  package func rows(after sequence: Int64, limit: Int) async throws(StoreError) -> [LedgerRow] {
    try await store.rows(after: sequence, limit: limit)
  }
  /// Replays the whole ledger.
  package func verify(against checkpoint: Checkpoint?) async throws(StoreError) -> VerificationReport {
    try await store.verify(against: checkpoint)
  }
  /// Takes no more submissions.
  package func close() async { await store.close() }
}
