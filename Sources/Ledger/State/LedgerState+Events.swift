internal import Core

extension LedgerState {
  /// Decides one place of a chain and, when it is an event that succeeds, adds its entry to the draft.
  func verdict(on item: SubmittedEvent, _ draft: inout Draft) throws(NotLoaded) -> Verdict {
    switch item {
    case .malformed(let reason, _): .refused(reason)
    case .event(let event): try verdict(on: event, &draft)
    }
  }

  private func verdict(on event: LedgerEvent, _ draft: inout Draft) throws(NotLoaded) -> Verdict {
    draft.authority = event.authority
    if let reason = event.malformation(limits) { return .refused(reason) }
    if let index = draft.index(of: event.id) {
      let difference = try difference(between: event, and: draft.entries[index].entry, draft)
      return difference.map { .refused($0) } ?? .repeats(index)
    }
    if let earlier = try entry(event.id) {
      return try difference(between: event, and: earlier.entry, draft).map { .refused($0) } ?? .exists(earlier)
    }
    if let first = try loaded.past.refusals.value(event.id, NotLoaded(.refusal, event.id.description)) {
      return .refused(.idAlreadyFailed, first: first)
    }
    let refusal =
      switch event.kind {
      case .posted: try move(event, .posted, &draft)
      case .pending: try hold(event, &draft)
      case .post: try post(event, &draft)
      case .void: try void(event, &draft)
      case .reversal: try reverse(event, &draft)
      case .account: try change(event, &draft)
      }
    return refusal.map { .refused($0) } ?? .created(draft.entries.count - 1)
  }

  /// An account as the draft sees it; an empty one when it isn't there.
  func account(_ name: AccountName, _ asset: Asset?, _ draft: Draft) throws(NotLoaded) -> Account {
    let key = AccountKey(name, asset)
    if let drafted = draft.accounts[key] { return drafted }
    return try account(key) ?? Account(name: name, asset: key.asset)
  }

  /// An account as it was before the chain; nil when it isn't there.
  private func account(_ key: AccountKey) throws(NotLoaded) -> Account? {
    try loaded.accounts.value(key, NotLoaded(.account, key.text))
  }

  /// The accounts among `reads` that have another version now. O(reads).
  func staleReads(_ reads: [BalanceRead]) throws(NotLoaded) -> [AccountName] {
    var stale: [AccountName] = []
    for read in reads where try account(AccountKey(read.account, read.asset))?.version ?? 0 != read.version {
      stale.append(read.account)
    }
    return stale
  }

  /// An entry that was there before the chain; nil when none has this id.
  func entry(_ id: Identifier) throws(NotLoaded) -> StoredEntry? {
    try loaded.past.entries.value(id, NotLoaded(.entry, id.description))
  }

  /// Money moved at once: by itself, or taken back.
  func move(_ event: LedgerEvent, _ kind: Entry.Kind, _ draft: inout Draft) throws(NotLoaded) -> RefusalReason? {
    guard let from = event.from, let to = event.to, let amount = event.amount else { return .invalidEvent }
    var source = try account(from, amount.asset, draft)
    var destination = try account(to, amount.asset, draft)
    if let reason = obstacle(to: amount, from: source, to: destination, draft) { return reason }
    source.asset = amount.asset
    destination.asset = amount.asset
    source.totals.debitsPosted += amount.minor
    destination.totals.creditsPosted += amount.minor
    draft.append(event, kind, Posting(from, to, amount), touching: [source, destination])
    return nil
  }

  /// Why `amount` can't leave `source` for `destination`; nil when it can. The limit counts what is held:
  /// debits pending + debits posted + amount ≤ credits posted − floor.
  func obstacle(
    to amount: Amount, from source: Account, to destination: Account, _ draft: Draft
  ) -> RefusalReason? {
    if source.name.isWorld, draft.authority != .operator { return .operatorRequired }
    if source.isClosed || destination.isClosed { return .accountClosed }
    // Its count is kept no longer, and so can't go on.
    if LimitCounts.isOverdue(destination.name.text, at: draft.timestamp)
      || LimitCounts.isOverdue(source.name.text, at: draft.timestamp)
    {
      return .accountClosed
    }
    if let asset = source.asset, asset != amount.asset { return .fromHasDifferentAsset }
    if let asset = destination.asset, asset != amount.asset { return .toHasDifferentAsset }
    let debits = Int128(source.totals.debitsPending) + Int128(source.totals.debitsPosted) + Int128(amount.minor)
    if debits > Int128(Int64.max) { return .overflowsDebits }
    let credits =
      Int128(destination.totals.creditsPending) + Int128(destination.totals.creditsPosted) + Int128(amount.minor)
    if credits > Int128(Int64.max) { return .overflowsCredits }
    if !source.name.isWorld, debits > Int128(source.totals.creditsPosted) - Int128(source.floor) {
      return .exceedsCredits
    }
    return nil
  }

  /// An account's floor, settable while it is empty, and its being closed, settable at any time.
  func change(_ event: LedgerEvent, _ draft: inout Draft) throws(NotLoaded) -> RefusalReason? {
    guard let name = event.from else { return .invalidFrom }
    if draft.authority != .operator { return .operatorRequired }
    var account = try account(name, nil, draft)
    if let floor = event.floor, floor != account.floor {
      let totals = account.totals
      guard totals.balances.posted == 0, totals.debitsPending == 0, totals.creditsPending == 0
      else { return .accountNotEmpty }
      account.floor = floor
    }
    if let isClosed = event.isClosed { account.isClosed = isClosed }
    draft.append(event, .account, nil, touching: [account])
    return nil
  }
}
