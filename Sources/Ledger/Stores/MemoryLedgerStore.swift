package import Core

/// A ledger kept in memory only: for specs, tests and dry runs.
package actor MemoryLedgerStore: LedgerStore {
  /// The name of this ledger.
  package nonisolated let ledgerID: String
  private var state: LedgerState
  private let clock: LedgerClock
  private var log: [LedgerRow] = []
  private var tree = MemoryTree()
  private var naming: [Identifier: [Identifier]] = [:]
  private var records: [Identifier: [UInt8]] = [:]
  private var attachments: [String: [UInt8]] = [:]
  /// What was swept for somebody who then brought nothing: whoever is answered next hears of it.
  private var unheard = LedgerChanges()
  /// Up to which key counts of limits were removed.
  private var removedCounts = ""
  private var isOpen = true

  /// An empty ledger of this name.
  package init(ledgerID: String = "memory", time: TimeSource, limits: LedgerLimits = LedgerLimits()) {
    self.ledgerID = ledgerID
    state = LedgerState(limits: limits)
    clock = LedgerClock(time, after: 0)
  }

  /// Ledger time, not before the last entry.
  package func now() -> Int64 { max(clock.now, head().timestamp) }

  /// Takes a submission; see ``LedgerWriting/commit(_:)``.
  package func commit(_ submission: Submission) async throws(StoreError) -> Committed {
    if !isOpen { throw StoreError(.closed, "the ledger is closed") }
    var changes = LedgerChanges()
    let now = clock.now
    let receipt: Receipt
    do throws(NotLoaded) {
      _ = try state.sweep(now: now, changes: &changes)
      receipt = try state.apply(submission, now: now, changes: &changes)
    } catch {
      throw StoreError(error)
    }
    keep(changes)
    unheard.append(changes)
    return Committed(receipt, heard())
  }

  /// Takes a submission that is made now; see ``LedgerWriting/commit(_:)-late``.
  package func commit(_ late: LateSubmission) async throws(StoreError) -> Committed? {
    if !isOpen { throw StoreError(.closed, "the ledger is closed") }
    var changes = LedgerChanges()
    let now = clock.now
    let receipt: Receipt?
    do throws(NotLoaded) { _ = try state.sweep(now: now, changes: &changes) } catch { throw StoreError(error) }
    let submission = try late.make(MemoryLook(state: state))
    do throws(NotLoaded) {
      receipt = if let submission { try state.apply(submission, now: now, changes: &changes) } else { nil }
    } catch {
      throw StoreError(error)
    }
    keep(changes)
    unheard.append(changes)
    return receipt.map { Committed($0, heard()) }
  }

  private struct MemoryLook: LedgerLook {
    let state: LedgerState
    func account(_ name: AccountName) -> Account? { state.accounts[AccountKey(name, nil)] }
    func entry(_ id: Identifier) -> StoredEntry? { state.loaded.past.entries[id] }
  }

  /// Releases holds whose time is over; what that changed.
  package func sweep() async throws(StoreError) -> LedgerChanges {
    if !isOpen { throw StoreError(.closed, "the ledger is closed") }
    var changes = LedgerChanges()
    do throws(NotLoaded) { _ = try state.sweep(now: clock.now, changes: &changes) } catch { throw StoreError(error) }
    keep(changes)
    unheard.append(changes)
    removeOverdueCounts()
    return heard()
  }

  /// Removes what limits counted in periods that are long over. O(accounts) once a day.
  private func removeOverdueCounts() {
    let moment = head().timestamp
    if removedCounts == LimitCounts.overdue(at: moment).to { return }
    for account in state.accounts.values where LimitCounts.isOverdue(account.key.text, at: moment) {
      state.loaded.accounts.keep(nil, of: account.key)
    }
    removedCounts = LimitCounts.overdue(at: moment).to
  }

  private func heard() -> LedgerChanges {
    defer { unheard = LedgerChanges() }
    return unheard
  }

  private func keep(_ changes: LedgerChanges) {
    for record in changes.records { records[record.id] = record.bytes }
    for attachment in changes.attachments { attachments[attachment.hash] = attachment.bytes }
    for stored in changes.entries {
      log.append(LedgerRow(stored))
      tree.append(stored)
      for name in [stored.entry.pendingID, stored.entry.reverses].compactMap({ $0 }) {
        naming[name, default: []].append(stored.entry.id)
      }
    }
  }

  /// Where the chain of hashes ends.
  package func head() -> LedgerHead { state.loaded.head ?? LedgerHead() }

  /// The accounts of these names, and those of `world`.
  package func accounts(named names: [AccountName]) -> [Account] {
    var found: [Account] = []
    for name in Set(names) {
      if name.isWorld { found += state.accounts.values.filter(\.name.isWorld) }
      if let account = state.accounts[AccountKey(name, nil)] { found.append(account) }
    }
    return sorted(found)
  }

  /// The accounts after this key. O(accounts · log accounts).
  package func accounts(after key: String?, limit: Int) -> [Account] {
    let all = allAccounts()
    let rest = key.map { key in all.drop { !key.utf8.lexicographicallyPrecedes($0.key.text.utf8) } } ?? all[...]
    return Array(rest.prefix(limit))
  }

  /// The open holds after this id. O(holds · log holds).
  package func openHolds(after id: Identifier?, limit: Int) -> [Hold] {
    Array(openHolds().drop { hold in id.map { hold.id <= $0 } ?? false }.prefix(limit))
  }

  /// All accounts by key.
  package func allAccounts() -> [Account] { sorted(state.accounts.values) }

  private func sorted(_ accounts: [Account]) -> [Account] {
    accounts.sorted { $0.key.text.utf8.lexicographicallyPrecedes($1.key.text.utf8) }
  }

  /// All open holds, by id.
  package func openHolds() -> [Hold] { state.openHolds.values.sorted { $0.id < $1.id } }

  /// The entry with this id.
  package func entry(_ id: Identifier) -> StoredEntry? { state.loaded.past.entries[id] }

  /// The entries after `sequence` that resolve or reverse the one with this id.
  package func entries(naming id: Identifier, after sequence: Int64, limit: Int) -> [StoredEntry] {
    let found = naming[id, default: []].compactMap { state.loaded.past.entries[$0] }
    return Array(found.drop { $0.entry.sequence <= sequence }.prefix(limit))
  }

  /// The decision record with this id.
  package func record(_ id: Identifier) -> [UInt8]? { records[id] }

  /// The decision records before this id, from the end. O(records) to sort them.
  package func records(before id: Identifier?, limit: Int) -> [DecisionRecord] {
    let ids = records.keys.filter { candidate in id.map { candidate < $0 } ?? true }.sorted(by: >)
    return ids.prefix(limit).map { DecisionRecord(id: $0, bytes: records[$0] ?? []) }
  }

  /// Rows after `sequence`. O(limit).
  package func rows(after sequence: Int64, limit: Int) -> [LedgerRow] {
    Array(log.dropFirst(Int(sequence)).prefix(limit))
  }

  /// The steps of governance after `sequence`. O(entries).
  package func governance(after sequence: Int64, limit: Int) -> [StoredEntry] {
    let steps = log.dropFirst(Int(sequence)).lazy.compactMap(\.stored).filter { $0.entry.kind == .governance }
    return Array(steps.prefix(limit))
  }

  /// What these entries complete of the tree over the entries.
  package func treeNodes(completedBy sequences: [Int64]) -> [Int64: [UInt8]] { tree.nodes(completedBy: sequences) }

  /// What an entry names as its attachment.
  package func attachment(_ hash: String) -> [UInt8]? { attachments[hash] }

  /// Takes no more submissions.
  package func close() { isOpen = false }
}
