internal import Core
internal import Cryptography

extension LedgerState {
  /// Money set aside.
  func hold(_ event: LedgerEvent, _ draft: inout Draft) -> RefusalReason? {
    guard let from = event.from, let to = event.to, let amount = event.amount else { return .invalidEvent }
    if openHolds.count + draft.opened.count >= limits.openHolds { return .tooManyOpenHolds }
    var source = account(from, amount.asset, draft)
    var destination = account(to, amount.asset, draft)
    if let reason = obstacle(to: amount, from: source, to: destination, draft) { return reason }
    source.asset = amount.asset
    destination.asset = amount.asset
    source.totals.debitsPending += amount.minor
    destination.totals.creditsPending += amount.minor
    draft.append(event, .hold, Posting(from, to, amount), touching: [source, destination])
    if let entry = draft.entries.last?.entry, let hold = Hold(entry) { draft.opened.append(hold) }
    return nil
  }

  /// A hold, or part of it, made final; the rest is released.
  func post(_ event: LedgerEvent, _ draft: inout Draft) -> RefusalReason? {
    let hold: Hold
    switch resolvable(event, draft) {
    case .failure(let refusal): return refusal.reason
    case .success(let found): hold = found
    }
    if hold.from.isWorld, draft.authority != .operator { return .operatorRequired }
    let amount = event.amount ?? hold.amount
    if amount.minor > hold.amount.minor { return .exceedsPendingAmount }
    var (source, destination) = released(hold, draft)
    if source.isClosed || destination.isClosed { return .accountClosed }
    source.totals.debitsPosted += amount.minor
    destination.totals.creditsPosted += amount.minor
    draft.resolutions[hold.id] = .posted
    draft.append(event, .post, Posting(hold.from, hold.to, amount), touching: [source, destination])
    return nil
  }

  /// A hold released.
  func void(_ event: LedgerEvent, _ draft: inout Draft) -> RefusalReason? {
    let hold: Hold
    switch resolvable(event, draft) {
    case .failure(let refusal): return refusal.reason
    case .success(let found): hold = found
    }
    let (source, destination) = released(hold, draft)
    draft.resolutions[hold.id] = .voided
    draft.append(event, .void, Posting(hold.from, hold.to, hold.amount), touching: [source, destination])
    return nil
  }

  /// Releases holds whose time is over at `now`, at most ``LedgerLimits/expiriesPerSweep`` of them; how many. The
  /// rest is ``overdue``. Each leaves an entry, so that what a hold came to is in the chain. O(due · log holds).
  package mutating func sweep(now: Int64, changes: inout LedgerChanges) -> Int {
    var count = 0
    while count < limits.expiriesPerSweep, let id = overdue.removeFirst() ?? expiries.removeFirst(dueAt: now) {
      if expire(id, now: now, changes: &changes) { count += 1 }
    }
    if count < limits.expiriesPerSweep { return count }
    while let id = expiries.removeFirst(dueAt: now) {
      if let hold = openHolds[id] { overdue.append(hold) }
    }
    return count
  }

  /// Releases what is overdue on the accounts that `events` name, so that nothing is refused for holds that are over.
  /// O(events + overdue holds of the accounts).
  mutating func sweepAccounts(of events: [SubmittedEvent], now: Int64, changes: inout LedgerChanges) {
    if overdue.isEmpty { return }
    for case .event(let event) in events {
      for name in [event.from, event.to].compactMap({ $0 }) {
        for id in overdue.remove(of: name) { _ = expire(id, now: now, changes: &changes) }
      }
    }
  }

  /// Releases a hold, unless it isn't open any more; whether it did.
  private mutating func expire(_ id: Identifier, now: Int64, changes: inout LedgerChanges) -> Bool {
    guard let hold = openHolds[id] else { return false }
    var draft = Draft(now: now, after: head)
    let (source, destination) = released(hold, draft)
    draft.resolutions[id] = .expired
    draft.append(
      Entry(
        sequence: draft.sequence, timestamp: draft.timestamp, kind: .void, id: Self.expiryID(of: id),
        postings: [Posting(hold.from, hold.to, hold.amount)],
        metadata: [
          ExactText(Entry.ReservedKey.pendingID): id.description, ExactText(Entry.ReservedKey.flags): "expired",
        ]),
      touching: [source, destination])
    _ = merge(draft, into: &changes)
    return true
  }

  /// The id of the entry that releases an expired hold, made from the hold's. Its variant bits are 111, which no
  /// caller may use, so that nobody can take it first.
  static func expiryID(of hold: Identifier) -> Identifier {
    let digest = SHA256.hash(Array("cascade-expiry\0".utf8) + hold.bytes)
    let high = digest[0..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let low = digest[8..<16].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    return Identifier(high: high, low: low | 7 << 61)
  }

  private struct Refused: Error { var reason: RefusalReason }

  /// The hold that `event` may resolve.
  private func resolvable(_ event: LedgerEvent, _ draft: Draft) -> Result<Hold, Refused> {
    guard let id = event.pendingID else { return .failure(Refused(reason: .pendingIDMissing)) }
    if let resolution = draft.resolutions[id] ?? history.resolutions[id] {
      return .failure(Refused(reason: resolution.refusal))
    }
    let drafted = draft.index(of: id).map { draft.entries[$0].entry }
    guard let hold = drafted.flatMap({ Hold($0) }) ?? openHolds[id] else {
      let isThere = history.entries[id] != nil || drafted != nil
      return .failure(Refused(reason: isThere ? .pendingNotPending : .pendingNotFound))
    }
    if let from = event.from, from != hold.from { return .failure(Refused(reason: .pendingHasDifferentFrom)) }
    if let to = event.to, to != hold.to { return .failure(Refused(reason: .pendingHasDifferentTo)) }
    if let amount = event.amount, amount.asset != hold.amount.asset {
      return .failure(Refused(reason: .pendingHasDifferentAsset))
    }
    if hold.isExpired(at: draft.timestamp) { return .failure(Refused(reason: .pendingExpired)) }
    return .success(hold)
  }

  /// The hold's accounts without it.
  private func released(_ hold: Hold, _ draft: Draft) -> (source: Account, destination: Account) {
    var source = account(hold.from, hold.amount.asset, draft)
    var destination = account(hold.to, hold.amount.asset, draft)
    source.totals.debitsPending -= hold.amount.minor
    destination.totals.creditsPending -= hold.amount.minor
    return (source, destination)
  }
}
