internal import Core

extension LedgerState {
  /// Sets money aside; why not, or nil.
  func hold(_ event: LedgerEvent, _ draft: inout Draft) throws(NotLoaded) -> RefusalReason? {
    guard let from = event.from, let to = event.to, let amount = event.amount else { return .invalidEvent }
    guard let count = loaded.openHoldCount else { throw NotLoaded(.openHoldCount) }
    if count + draft.opened.count >= limits.openHolds { return .tooManyOpenHolds }
    var source = try account(from, amount.asset, draft)
    var destination = try account(to, amount.asset, draft)
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
  func post(_ event: LedgerEvent, _ draft: inout Draft) throws(NotLoaded) -> RefusalReason? {
    let hold: Hold
    switch try resolvable(event, draft) {
    case .failure(let refusal): return refusal.reason
    case .success(let found): hold = found
    }
    if hold.from.isWorld, draft.authority != .operator { return .operatorRequired }
    let amount = event.amount ?? hold.amount
    if amount.minor > hold.amount.minor { return .exceedsPendingAmount }
    var (source, destination) = try released(hold, draft)
    if source.isClosed || destination.isClosed { return .accountClosed }
    source.totals.debitsPosted += amount.minor
    destination.totals.creditsPosted += amount.minor
    draft.resolutions[hold.id] = .posted
    draft.append(event, .post, Posting(hold.from, hold.to, amount), touching: [source, destination])
    return nil
  }

  /// Releases a hold; why not, or nil.
  func void(_ event: LedgerEvent, _ draft: inout Draft) throws(NotLoaded) -> RefusalReason? {
    let hold: Hold
    switch try resolvable(event, draft) {
    case .failure(let refusal): return refusal.reason
    case .success(let found): hold = found
    }
    let (source, destination) = try released(hold, draft)
    draft.resolutions[hold.id] = .voided
    draft.append(event, .void, Posting(hold.from, hold.to, hold.amount), touching: [source, destination])
    return nil
  }

  /// Releases holds whose time is over at `now`, at most ``LedgerLimits/expiriesPerSweep`` of them; how many. The
  /// rest waits for the next sweep. Each leaves an entry, so that what a hold came to is in the chain.
  /// O(due · log holds).
  package mutating func sweep(now: Int64, changes: inout LedgerChanges) throws(NotLoaded) -> Int {
    var count = 0
    while count < limits.expiriesPerSweep, let id = try loaded.due.removeFirst(at: now) {
      if try expire(id, now: now, changes: &changes) { count += 1 }
    }
    if count < limits.expiriesPerSweep { return count }
    let open = loaded.openHolds
    loaded.due.setAside(at: now) { open[$0] }
    return count
  }

  /// Releases what is overdue on the accounts that `events` name, so that nothing is refused for holds that are over.
  /// O(events + overdue holds of the accounts).
  mutating func sweepAccounts(
    of events: [SubmittedEvent], now: Int64, changes: inout LedgerChanges
  ) throws(NotLoaded) {
    if !loaded.due.mayRemain(at: now) { return }
    for case .event(let event) in events {
      for name in [event.from, event.to].compactMap({ $0 }) {
        for id in try loaded.due.remove(of: name, at: now) { _ = try expire(id, now: now, changes: &changes) }
      }
    }
  }

  /// Releases a hold, unless it isn't open any more; whether it did.
  private mutating func expire(
    _ id: Identifier, now: Int64, changes: inout LedgerChanges
  ) throws(NotLoaded) -> Bool {
    guard let hold = try openHold(id) else { return false }
    var draft = Draft(now: now, after: try head())
    let (source, destination) = try released(hold, draft)
    draft.resolutions[id] = .expired
    draft.append(
      Entry(
        sequence: draft.sequence, timestamp: draft.timestamp, kind: .void, id: Self.expiryID(of: id),
        postings: [Posting(hold.from, hold.to, hold.amount)],
        metadata: [
          ExactText(Entry.ReservedKey.pendingID): id.description, ExactText(Entry.ReservedKey.flags): "expired",
        ]),
      touching: [source, destination])
    _ = try merge(draft, into: &changes)
    return true
  }

  /// The id of the entry that releases an expired hold, made from the hold's.
  static func expiryID(of hold: Identifier) -> Identifier {
    Identifier(ofLedger: Array("cascade-expiry\0".utf8) + hold.bytes)
  }

  private struct Refused: Error { var reason: RefusalReason }

  /// The hold that `event` may resolve.
  private func resolvable(_ event: LedgerEvent, _ draft: Draft) throws(NotLoaded) -> Result<Hold, Refused> {
    guard let id = event.pendingID else { return .failure(Refused(reason: .pendingIDMissing)) }
    if let resolution = draft.resolutions[id] { return .failure(Refused(reason: resolution.refusal)) }
    let drafted = draft.index(of: id).map { draft.entries[$0].entry }
    var found = drafted.flatMap { Hold($0) }
    if drafted == nil { found = try openHold(id) }
    guard let hold = found else {
      if drafted != nil { return .failure(Refused(reason: .pendingNotPending)) }
      let resolution = try loaded.past.resolutions.value(id, NotLoaded(.resolution, id.description))
      if let resolution { return .failure(Refused(reason: resolution.refusal)) }
      return .failure(Refused(reason: try entry(id) == nil ? .pendingNotFound : .pendingNotPending))
    }
    if let from = event.from, from != hold.from { return .failure(Refused(reason: .pendingHasDifferentFrom)) }
    if let to = event.to, to != hold.to { return .failure(Refused(reason: .pendingHasDifferentTo)) }
    if let amount = event.amount, amount.asset != hold.amount.asset {
      return .failure(Refused(reason: .pendingHasDifferentAsset))
    }
    if hold.isExpired(at: draft.timestamp) { return .failure(Refused(reason: .pendingExpired)) }
    return .success(hold)
  }

  /// The open hold of this id, from before the chain; nil when there is none.
  func openHold(_ id: Identifier) throws(NotLoaded) -> Hold? {
    try loaded.openHolds.value(id, NotLoaded(.hold, id.description))
  }

  /// The hold's accounts without it.
  private func released(
    _ hold: Hold, _ draft: Draft
  ) throws(NotLoaded) -> (source: Account, destination: Account) {
    var source = try account(hold.from, hold.amount.asset, draft)
    var destination = try account(hold.to, hold.amount.asset, draft)
    source.totals.debitsPending -= hold.amount.minor
    destination.totals.creditsPending -= hold.amount.minor
    return (source, destination)
  }
}
