package import Core
package import Ledger

/// A ledger that keeps nothing in memory between two commits: each loads what its submission names, in rounds, from
/// tables that are asked by key, as a store behind a network does.
package actor SparseLedgerStore: LedgerStore {
  /// The name of this ledger.
  package nonisolated let ledgerID = "sparse"
  private let clock: LedgerClock
  private let limits: LedgerLimits
  /// The kind that is never loaded.
  private let omitted: NotLoaded.Kind?
  /// What was wrong first with a load.
  package private(set) var fault: NotLoaded?
  /// The most rounds that a commit took.
  package private(set) var rounds = 0

  private var end = LedgerHead()
  private var accounts: [AccountKey: Account] = [:]
  private var holds: [Identifier: Hold] = [:]
  private var log: [StoredEntry] = []
  private var tree = MemoryTree()
  private var places: [Identifier: Int] = [:]
  private var naming: [Identifier: [Int]] = [:]
  private var refusals: [Identifier: RefusalReason] = [:]
  private var records: [Identifier: [UInt8]] = [:]
  private var attachments: [String: [UInt8]] = [:]
  private var isOpen = true

  /// An empty ledger, which never loads what is `omitted`.
  package init(time: TimeSource, limits: LedgerLimits = LedgerLimits(), omitting omitted: NotLoaded.Kind? = nil) {
    clock = LedgerClock(time, after: 0)
    self.limits = limits
    self.omitted = omitted
  }

  /// Ledger time, not before the last entry.
  package func now() -> Int64 { max(clock.now, end.timestamp) }

  /// Takes a submission; see ``LedgerWriting/commit(_:)``.
  package func commit(_ submission: Submission) async throws(StoreError) -> Committed {
    var changes = LedgerChanges()
    let receipt = try write([submission]) { (state, now) throws(NotLoaded) in
      _ = try state.sweep(now: now, changes: &changes)
      return try state.apply(submission, now: now, changes: &changes)
    }
    keep(changes)
    return Committed(receipt, changes)
  }

  /// Takes a submission that is made now; see ``LedgerWriting/commit(_:)-late``.
  package func commit(_ late: LateSubmission) async throws(StoreError) -> Committed? {
    guard let submission = try late.make(TablesLook(accounts: accounts, places: places, log: log)) else { return nil }
    return try await commit(submission)
  }

  private struct TablesLook: LedgerLook {
    let accounts: [AccountKey: Account]
    let places: [Identifier: Int]
    let log: [StoredEntry]
    func account(_ name: AccountName) -> Account? { accounts[AccountKey(name, nil)] }
    func entry(_ id: Identifier) -> StoredEntry? { places[id].map { log[$0] } }
  }

  /// Releases holds whose time is over; what that changed.
  package func sweep() async throws(StoreError) -> LedgerChanges {
    var changes = LedgerChanges()
    _ = try write([]) { (state, now) throws(NotLoaded) in try state.sweep(now: now, changes: &changes) }
    keep(changes)
    for key in accounts.keys where LimitCounts.isOverdue(key.text, at: end.timestamp) { accounts[key] = nil }
    return changes
  }

  private func write<Value>(
    _ submissions: [Submission], _ body: (inout LedgerState, Int64) throws(NotLoaded) -> Value
  ) throws(StoreError) -> Value {
    if !isOpen { throw StoreError(.closed, "the ledger is closed") }
    let now = clock.now
    var state = LedgerState(WorkingSet(), limits: limits)
    var round = 0
    while round < 5, case let needs = state.needs(of: submissions, now: now), !needs.isEmpty {
      round += 1
      load(needs, now, into: &state.loaded)
    }
    if omitted == nil { rounds = max(rounds, round) }
    do throws(NotLoaded) {
      return try body(&state, now)
    } catch {
      fault = fault ?? error
      throw StoreError(error)
    }
  }

  private func load(_ needs: LedgerNeeds, _ now: Int64, into loaded: inout WorkingSet) {
    func isWanted(_ kind: NotLoaded.Kind) -> Bool { kind != omitted }
    if needs.head, isWanted(.head) { loaded.head = end }
    if needs.openHoldCount, isWanted(.openHoldCount) { loaded.openHoldCount = holds.count }
    if needs.dueHolds, isWanted(.dueHolds) {
      let due = due(at: now)
      let first = due.prefix(limits.expiriesPerSweep)
      loaded.load(due: Array(first), areAll: first.count == due.count, at: now)
    }
    if isWanted(.dueHoldsOfAccount) {
      for name in needs.dueHoldsOfAccounts {
        loaded.load(due: due(at: now).filter { $0.from == name || $0.to == name }, of: name)
      }
    }
    if isWanted(.account) { for key in needs.accounts { loaded.accounts.keep(accounts[key], of: key) } }
    if isWanted(.hold) { for id in needs.holds { loaded.load(holds[id], id) } }
    if isWanted(.entry) { for id in needs.entries { loaded.past.entries.keep(stored(id), of: id) } }
    if isWanted(.refusal) { for id in needs.refusals { loaded.past.refusals.keep(refusals[id], of: id) } }
    if isWanted(.record) { for id in needs.records { loaded.past.records.keep(records[id], of: id) } }
    if isWanted(.resolution) {
      for id in needs.resolutions {
        loaded.past.resolutions.keep(
          entries(naming: id, after: 0, limit: .max).compactMap { Resolution($0.entry) }.first, of: id)
      }
    }
    if isWanted(.reversals) {
      for id in needs.reversals {
        let amounts = entries(naming: id, after: 0, limit: .max).filter { $0.entry.kind == .reversal }
          .compactMap { $0.entry.postings.first?.amount.minor }
        loaded.past.reversed.keep(amounts.isEmpty ? nil : amounts.reduce(0, +), of: id)
      }
    }
  }

  /// The holds that are due, the soonest first.
  private func due(at now: Int64) -> [Hold] {
    holds.values.filter { $0.isExpired(at: now) }
      .sorted { ($0.expiresAt ?? .max, $0.id) < ($1.expiresAt ?? .max, $1.id) }
  }

  private func keep(_ changes: LedgerChanges) {
    for stored in changes.entries {
      for id in [stored.entry.pendingID, stored.entry.reverses].compactMap({ $0 }) {
        naming[id, default: []].append(log.count)
      }
      places[stored.entry.id] = log.count
      log.append(stored)
      tree.append(stored)
      end = end.followed(by: stored)
    }
    for account in changes.accounts { accounts[account.key] = account }
    for hold in changes.opened { holds[hold.id] = hold }
    for id in changes.closed { holds[id] = nil }
    for refusal in changes.refusals { refusals[refusal.id] = refusal.reason }
    for record in changes.records { records[record.id] = record.bytes }
    for attachment in changes.attachments { attachments[attachment.hash] = attachment.bytes }
  }

  private func stored(_ id: Identifier) -> StoredEntry? { places[id].map { log[$0] } }
}

extension SparseLedgerStore {
  /// Where the chain of hashes ends.
  package func head() -> LedgerHead { end }

  /// The accounts of these names, and those of `world`.
  package func accounts(named names: [AccountName]) -> [Account] {
    sorted(accounts.values.filter { names.contains($0.name) })
  }

  /// The accounts after this key.
  package func accounts(after key: String?, limit: Int) -> [Account] {
    let rest = accounts.values.filter { account in
      key.map { $0.utf8.lexicographicallyPrecedes(account.key.text.utf8) } ?? true
    }
    return Array(sorted(rest).prefix(limit))
  }

  private func sorted(_ accounts: [Account]) -> [Account] {
    accounts.sorted { $0.key.text.utf8.lexicographicallyPrecedes($1.key.text.utf8) }
  }

  /// The open holds after this id.
  package func openHolds(after id: Identifier?, limit: Int) -> [Hold] {
    Array(holds.values.filter { hold in id.map { hold.id > $0 } ?? true }.sorted { $0.id < $1.id }.prefix(limit))
  }

  /// The entry with this id.
  package func entry(_ id: Identifier) -> StoredEntry? { stored(id) }

  /// The entries after `sequence` that resolve or reverse the one with this id.
  package func entries(naming id: Identifier, after sequence: Int64, limit: Int) -> [StoredEntry] {
    let found = naming[id, default: []].map { log[$0] }
    return Array(found.drop { $0.entry.sequence <= sequence }.prefix(limit))
  }

  /// The decision record with this id.
  package func record(_ id: Identifier) -> [UInt8]? { records[id] }

  /// The decision records before this id, from the end.
  package func records(before id: Identifier?, limit: Int) -> [DecisionRecord] {
    let ids = records.keys.filter { candidate in id.map { candidate < $0 } ?? true }.sorted(by: >)
    return ids.prefix(limit).map { DecisionRecord(id: $0, bytes: records[$0] ?? []) }
  }

  /// The rows after `sequence`, as they are kept.
  package func rows(after sequence: Int64, limit: Int) -> [LedgerRow] {
    log.dropFirst(Int(sequence)).prefix(limit).map { LedgerRow($0) }
  }

  /// The steps of governance after `sequence`.
  package func governance(after sequence: Int64, limit: Int) -> [StoredEntry] {
    Array(log.dropFirst(Int(sequence)).filter { $0.entry.kind == .governance }.prefix(limit))
  }

  /// What these entries complete of the tree over the entries.
  package func treeNodes(completedBy sequences: [Int64]) -> [Int64: [UInt8]] { tree.nodes(completedBy: sequences) }

  /// What an entry names as its attachment.
  package func attachment(_ hash: String) -> [UInt8]? { attachments[hash] }

  /// Takes no more submissions.
  package func close() { isOpen = false }
}
