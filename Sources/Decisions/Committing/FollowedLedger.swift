package import Core
package import Ledger
internal import Synchronization

/// A ledger whose balances are also in memory: what a commit or a sweep changed is there when it returns. Everybody who
/// writes must write through it.
package final class FollowedLedger: LedgerStore {
  /// The balances in memory.
  package let balances: BalanceCache
  private let store: any LedgerStore
  private let takesWrites = Mutex(true)
  private let slowest = Mutex<Duration?>(nil)
  private let follower = Mutex<@Sendable () -> Void>({})

  /// Follows `store`, whose accounts are read first. O(accounts).
  package init(_ store: any LedgerStore) async throws(StoreError) {
    self.store = store
    balances = try await BalanceCache(loading: store)
  }

  /// The name of the ledger.
  package var ledgerID: String { store.ledgerID }
  /// Ledger time, as the store has it.
  package func now() async throws(StoreError) -> Int64 { try await store.now() }

  /// Whether the store takes writes, by the last one: after one that failed it takes no more until the host starts
  /// again. A sweep tells within its interval.
  package var isWritable: Bool { takesWrites.withLock { $0 } }

  /// How long the slowest write took since this was asked last, with its wait for others; nil when there was none.
  package func takeSlowestWrite() -> Duration? {
    slowest.withLock { slowest in
      defer { slowest = nil }
      return slowest
    }
  }

  /// From now on calls `body` after each write; what it wrote, if anything, can be read by then. `body` must not wait.
  package func whenChanged(_ body: @escaping @Sendable () -> Void) { follower.withLock { $0 = body } }

  /// Commits, and returns when the balances in memory have it too.
  package func commit(_ submission: Submission) async throws(StoreError) -> Committed {
    let committed = try await watched { () async throws(StoreError) in try await store.commit(submission) }
    balances.take(committed.changes)
    return committed
  }

  /// The same for what is made when its turn has come.
  package func commit(_ late: LateSubmission) async throws(StoreError) -> Committed? {
    let committed = try await watched { () async throws(StoreError) in try await store.commit(late) }
    if let committed { balances.take(committed.changes) }
    return committed
  }

  /// Releases holds whose time is over; what that changed.
  package func sweep() async throws(StoreError) -> LedgerChanges {
    let changes = try await watched { () async throws(StoreError) in try await store.sweep() }
    balances.take(changes)
    return changes
  }

  private func watched<Value>(
    _ write: () async throws(StoreError) -> Value
  ) async throws(StoreError) -> Value {
    let clock = ContinuousClock()
    let began = clock.now
    do throws(StoreError) {
      let value = try await write()
      let took = began.duration(to: clock.now)
      slowest.withLock { $0 = max($0 ?? took, took) }
      takesWrites.withLock { $0 = true }
      follower.withLock { $0 }()
      return value
    } catch {
      if error.code == .closed { takesWrites.withLock { $0 = false } }
      throw error
    }
  }

  /// Where the chain of hashes ends.
  package func head() async throws(StoreError) -> LedgerHead { try await store.head() }
  /// The accounts of these names.
  package func accounts(named names: [AccountName]) async throws(StoreError) -> [Account] {
    try await store.accounts(named: names)
  }
  /// The accounts after this key.
  package func accounts(after key: String?, limit: Int) async throws(StoreError) -> [Account] {
    try await store.accounts(after: key, limit: limit)
  }
  /// The open holds after this id.
  package func openHolds(after id: Identifier?, limit: Int) async throws(StoreError) -> [Hold] {
    try await store.openHolds(after: id, limit: limit)
  }
  /// The entry with this id.
  package func entry(_ id: Identifier) async throws(StoreError) -> StoredEntry? { try await store.entry(id) }
  /// The entries that resolve or reverse the one with this id.
  package func entries(
    naming id: Identifier, after sequence: Int64, limit: Int
  ) async throws(StoreError) -> [StoredEntry] {
    try await store.entries(naming: id, after: sequence, limit: limit)
  }
  /// The decision record with this id.
  package func record(_ id: Identifier) async throws(StoreError) -> [UInt8]? { try await store.record(id) }
  /// The decision records before this id, from the end.
  package func records(before id: Identifier?, limit: Int) async throws(StoreError) -> [DecisionRecord] {
    try await store.records(before: id, limit: limit)
  }
  /// The rows after `sequence`, as they are kept.
  package func rows(after sequence: Int64, limit: Int) async throws(StoreError) -> [LedgerRow] {
    try await store.rows(after: sequence, limit: limit)
  }
  /// The steps of governance after `sequence`.
  package func governance(after sequence: Int64, limit: Int) async throws(StoreError) -> [StoredEntry] {
    try await store.governance(after: sequence, limit: limit)
  }
  /// What these entries complete of the tree over the entries.
  package func treeNodes(completedBy sequences: [Int64]) async throws(StoreError) -> [Int64: [UInt8]] {
    try await store.treeNodes(completedBy: sequences)
  }
  /// What an entry names as its attachment.
  package func attachment(_ hash: String) async throws(StoreError) -> [UInt8]? { try await store.attachment(hash) }
  /// Replays the whole ledger.
  package func verify(against checkpoint: Checkpoint?) async throws(StoreError) -> VerificationReport {
    try await store.verify(against: checkpoint)
  }
  /// Takes no more submissions.
  package func close() async { await store.close() }
}
