package import Core
package import Ledger
internal import Synchronization

/// A ledger with a projection of its balances in memory: what a commit or a sweep changed is there when it returns.
/// Everybody in this process who writes must write through it; what other hosts write is taken in by ``follow()``.
package final class LedgerProjection: LedgerStore {
  /// The balances in memory.
  package let balances: BalanceCache
  /// Who hears of each write: what it wrote, if anything, can be read by then.
  package let writes = Listeners<Void>()
  private let store: any LedgerStore
  private let takesWrites = Mutex(true)
  private let slowest = Mutex<Duration?>(nil)
  private let followed: Mutex<FollowedSequence>

  /// Follows `store`, whose accounts are read first. O(accounts).
  package init(_ store: any LedgerStore) async throws(StoreError) {
    self.store = store
    // Whatever is written while the accounts are read is read once more.
    followed = Mutex(FollowedSequence(through: try await store.head().sequence))
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

  /// Commits, and returns when the balances in memory have it too.
  package func commit(_ submission: Submission) async throws(StoreError) -> Committed {
    let committed = try await watched { () async throws(StoreError) in try await store.commit(submission) }
    take(committed.changes)
    return committed
  }

  /// The same for what is made when its turn has come.
  package func commit(_ late: LateSubmission) async throws(StoreError) -> Committed? {
    let committed = try await watched { () async throws(StoreError) in try await store.commit(late) }
    if let committed { take(committed.changes) }
    return committed
  }

  /// Releases holds whose time is over; what that changed.
  package func sweep() async throws(StoreError) -> LedgerChanges {
    let changes = try await watched { () async throws(StoreError) in try await store.sweep() }
    take(changes)
    return changes
  }

  /// Takes in what other hosts have written since: their entries are read, and the accounts that those name. Whether
  /// there was anything new. O(new entries).
  @discardableResult
  package func follow() async throws(StoreError) -> Bool {
    let last = try await store.head().sequence
    var isNews = false
    while let gap = followed.withLock({ $0.gap(before: last) }) {
      let limit = min(gap.count, LedgerLimits.pageRows)
      let rows = try await store.rows(after: gap.lowerBound - 1, limit: limit)
      guard let end = rows.last?.sequence else { break }
      var names: Set<AccountName> = []
      for row in rows { names.formUnion(try row.read().balances.map(\.account).filter { !$0.isWorld }) }
      var changes = LedgerChanges()
      for page in Array(names).pages(of: LedgerLimits.pageRows) {
        changes.accounts += try await store.accounts(named: page)
      }
      balances.take(changes)
      followed.withLock { $0.take(gap.lowerBound...max(gap.lowerBound, end)) }
      isNews = true
    }
    if isNews { writes.tell(()) }
    return isNews
  }

  private func take(_ changes: LedgerChanges) {
    balances.take(changes)
    guard let first = changes.entries.first?.entry.sequence, let last = changes.entries.last?.entry.sequence
    else { return }
    // What is swept and what is then committed may have others' entries between them.
    if last - first + 1 == changes.entries.count {
      followed.withLock { $0.take(first...last) }
    } else {
      followed.withLock { followed in
        for entry in changes.entries { followed.take(entry.entry.sequence...entry.entry.sequence) }
      }
    }
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
      writes.tell(())
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

extension Array {
  /// The elements in order, so many at a time.
  fileprivate func pages(of count: Int) -> [[Element]] {
    stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
  }
}
