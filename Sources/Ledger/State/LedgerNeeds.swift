package import Core

/// What has to be loaded before a submission can be taken. An id may be named more than once.
package struct LedgerNeeds: Sendable, Equatable {
  /// Where the chain of hashes ends.
  package var head = false
  /// How many holds are open.
  package var openHoldCount = false
  /// The open holds that are due, the soonest first, at least so many as one sweep releases when there are more.
  package var dueHolds = false
  /// Accounts all of whose due holds are needed.
  package var dueHoldsOfAccounts: Set<AccountName> = []
  package var accounts: Set<AccountKey> = []
  /// Open holds, by id.
  package var holds: [Identifier] = []
  package var entries: [Identifier] = []
  /// Ids that may have been refused for good.
  package var refusals: [Identifier] = []
  /// Holds that aren't open, and may be over.
  package var resolutions: [Identifier] = []
  /// Entries that may have been taken back.
  package var reversals: [Identifier] = []
  /// Decision records, by id.
  package var records: [Identifier] = []

  package init() {}

  /// Whether nothing is needed.
  package var isEmpty: Bool {
    !head && !openHoldCount && !dueHolds && dueHoldsOfAccounts.isEmpty && accounts.isEmpty && holds.isEmpty
      && entries.isEmpty && refusals.isEmpty && resolutions.isEmpty && reversals.isEmpty && records.isEmpty
  }
}

extension LedgerState {
  /// What a sweep at ledger time `now` and then `submissions` may look at and isn't loaded. Load it and ask again until
  /// the answer is empty, since a hold names its accounts only once it is loaded: at most three rounds.
  /// O(events).
  package func needs(of submissions: some Sequence<Submission>, now: Int64) -> LedgerNeeds {
    var needs = LedgerNeeds()
    needs.head = loaded.head == nil
    needs.dueHolds = loaded.due.lacks(limits.expiriesPerSweep, at: now)
    for hold in loaded.due.brought { add(loaded.openHolds[hold], to: &needs) }
    for submission in submissions { add(submission, now: now, to: &needs) }
    return needs
  }

  private func add(_ submission: Submission, now: Int64, to needs: inout LedgerNeeds) {
    if let id = submission.record?.id, !loaded.past.records.isLoaded(id) { needs.records.append(id) }
    if let id = submission.statement?.id, !loaded.past.entries.isLoaded(id) { needs.entries.append(id) }
    for read in submission.reads { add(AccountKey(read.account, read.asset), to: &needs) }
    if submission.events.count > limits.events { return }
    for case .event(let event) in submission.events {
      if !loaded.past.entries.isLoaded(event.id) { needs.entries.append(event.id) }
      if !loaded.past.refusals.isLoaded(event.id) { needs.refusals.append(event.id) }
      if event.kind == .pending, loaded.openHoldCount == nil { needs.openHoldCount = true }
      for name in [event.from, event.to] {
        guard let name else { continue }
        add(AccountKey(name, event.amount?.asset), to: &needs)
        if !needs.dueHolds, loaded.due.lacks(name, at: now) { needs.dueHoldsOfAccounts.insert(name) }
      }
      if let id = event.pendingID { add(hold: id, to: &needs) }
      if let id = event.reverses {
        if !loaded.past.entries.isLoaded(id) { needs.entries.append(id) }
        if !loaded.past.reversed.isLoaded(id) { needs.reversals.append(id) }
      }
    }
  }

  /// A hold, and then what it names, or what became of it.
  private func add(hold id: Identifier, to needs: inout LedgerNeeds) {
    if !loaded.openHolds.isLoaded(id) {
      needs.holds.append(id)
    } else if let hold = loaded.openHolds[id] {
      add(hold, to: &needs)
    } else {
      if !loaded.past.entries.isLoaded(id) { needs.entries.append(id) }
      if !loaded.past.resolutions.isLoaded(id) { needs.resolutions.append(id) }
    }
  }

  private func add(_ hold: Hold?, to needs: inout LedgerNeeds) {
    guard let hold else { return }
    for name in [hold.from, hold.to] { add(AccountKey(name, hold.amount.asset), to: &needs) }
  }

  private func add(_ key: AccountKey, to needs: inout LedgerNeeds) {
    if !loaded.accounts.isLoaded(key) { needs.accounts.insert(key) }
  }
}
