package import Core

/// A ledger kept in memory only: for specs, tests and dry runs.
package actor MemoryLedgerStore: LedgerStore {
  /// The name of this ledger.
  package nonisolated let ledgerID: String
  private var state: LedgerState
  private let clock: LedgerClock
  private var log: [LedgerRow] = []
  private var naming: [Identifier: [Identifier]] = [:]
  private var isOpen = true

  /// An empty ledger.
  package init(ledgerID: String = "memory", time: TimeSource, limits: LedgerLimits = LedgerLimits()) {
    self.ledgerID = ledgerID
    state = LedgerState(limits: limits)
    clock = LedgerClock(time, after: 0)
  }

  /// Ledger time.
  package nonisolated var now: Int64 { clock.now }

  /// Takes a submission; see ``LedgerStore/commit(_:)``.
  package func commit(_ submission: Submission) async throws(StoreError) -> Receipt {
    if !isOpen { throw StoreError(.closed, "the ledger is closed") }
    var changes = LedgerChanges()
    let now = clock.now
    _ = state.sweep(now: now, changes: &changes)
    let receipt = state.apply(submission, now: now, changes: &changes)
    keep(changes)
    return receipt
  }

  /// Takes a submission that is made now; see ``LedgerStore/commit(_:)-late``.
  package func commit(_ late: LateSubmission) async throws(StoreError) -> Receipt? {
    if !isOpen { throw StoreError(.closed, "the ledger is closed") }
    var changes = LedgerChanges()
    let now = clock.now
    _ = state.sweep(now: now, changes: &changes)
    let submission = try late.make(MemoryLook(state: state))
    let receipt = submission.map { state.apply($0, now: now, changes: &changes) }
    keep(changes)
    return receipt
  }

  private struct MemoryLook: LedgerLook {
    let state: LedgerState
    func account(_ name: AccountName) -> Account? { state.accounts[AccountKey(name, nil)] }
    func entry(_ id: Identifier) -> StoredEntry? { state.history.entries[id] }
  }

  /// Releases holds whose time is over; how many.
  package func sweep() async throws(StoreError) -> Int {
    if !isOpen { throw StoreError(.closed, "the ledger is closed") }
    var changes = LedgerChanges()
    let count = state.sweep(now: clock.now, changes: &changes)
    keep(changes)
    return count
  }

  private func keep(_ changes: LedgerChanges) {
    for stored in changes.entries {
      log.append(LedgerRow(stored))
      for name in [stored.entry.pendingID, stored.entry.reverses].compactMap({ $0 }) {
        naming[name, default: []].append(stored.entry.id)
      }
    }
  }

  /// Where the chain of hashes ends.
  package func head() -> LedgerHead { state.head }

  /// The account of this name, or those of `world`.
  package func accounts(named name: AccountName) -> [Account] {
    if name.isWorld { return sorted(state.accounts.values.filter(\.name.isWorld)) }
    return state.accounts[AccountKey(name, nil)].map { [$0] } ?? []
  }

  /// All accounts by key.
  package func allAccounts() -> [Account] { sorted(Array(state.accounts.values)) }

  private func sorted(_ accounts: [Account]) -> [Account] {
    accounts.sorted { $0.key.text.utf8.lexicographicallyPrecedes($1.key.text.utf8) }
  }

  /// All open holds.
  package func openHolds() -> [Hold] { state.openHolds.values.sorted { $0.id < $1.id } }

  /// The entry with this id.
  package func entry(_ id: Identifier) -> StoredEntry? { state.history.entries[id] }

  /// The entries that resolve or reverse the one with this id.
  package func entries(naming id: Identifier) -> [StoredEntry] {
    naming[id, default: []].compactMap { state.history.entries[$0] }
  }

  /// The decision record with this id.
  package func record(_ id: Identifier) -> [UInt8]? { state.history.records[id] }

  /// The decision records before this id, from the end. O(records) to sort them.
  package func records(before id: Identifier?, limit: Int) -> [DecisionRecord] {
    let ids = state.history.records.keys.filter { candidate in id.map { candidate < $0 } ?? true }.sorted(by: >)
    return ids.prefix(limit).map { DecisionRecord(id: $0, bytes: state.history.records[$0] ?? []) }
  }

  /// Rows after `sequence`. O(limit).
  package func rows(after sequence: Int64, limit: Int) -> [LedgerRow] {
    Array(log.dropFirst(Int(sequence)).prefix(limit))
  }

  /// Takes no more submissions.
  package func close() { isOpen = false }
}
