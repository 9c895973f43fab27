internal import Core

extension LedgerState {
  /// How an event differs from the entry that has its id; nil when it is the same again. What the event leaves
  /// out and the hold fills in is no difference.
  func difference(
    between event: LedgerEvent, and entry: Entry, _ draft: Draft
  ) throws(NotLoaded) -> RefusalReason? {
    let posting = entry.postings.first
    var amount = event.amount
    if amount == nil, event.kind == .post { amount = try heldAmount(event.pendingID, draft) }
    if let from = event.from, from != (posting?.source ?? entry.changedAccount) { return .existsWithDifferentFrom }
    if let to = event.to, to != posting?.destination { return .existsWithDifferentTo }
    if event.kind != .void, let amount {
      if amount.minor != posting?.amount.minor { return .existsWithDifferentAmount }
      if amount.asset != posting?.amount.asset { return .existsWithDifferentAsset }
    }
    if event.kind.entryKind != entry.kind { return .existsWithDifferentKind }
    if event.pendingID != entry.pendingID || event.reverses != entry.reverses { return .existsWithDifferentPendingID }
    if event.timeoutSeconds != entry.timeoutSeconds { return .existsWithDifferentTimeout }
    if !Self.isSame(event.code, entry.code) { return .existsWithDifferentCode }
    if !Self.isSame(event.reference, entry.reference) { return .existsWithDifferentReference }
    if !Self.isSame(event.metadata, entry.callerMetadata) || event.floor != entry.floor
      || event.isClosed != entry.isClosed
    {
      return .existsWithDifferentMetadata
    }
    return nil
  }

  /// Whether both are the same bytes; to `==` two spellings of one text, such as `é` and `e` with an accent, are equal.
  private static func isSame(_ left: String, _ right: String) -> Bool { left.isSame(as: right) }

  private static func isSame(_ left: [ExactText: String], _ right: [ExactText: String]) -> Bool {
    left.count == right.count && left.allSatisfy { key, value in right[key].map { isSame($0, value) } ?? false }
  }

  private func heldAmount(_ id: Identifier?, _ draft: Draft) throws(NotLoaded) -> Amount? {
    guard let id else { return nil }
    if let index = draft.index(of: id) { return draft.entries[index].entry.postings.first?.amount }
    if let amount = loaded.amount(ofHold: id) { return amount }
    return try entry(id)?.entry.postings.first?.amount
  }
}

extension LedgerEvent.Kind {
  /// The kind of the entry that an event of this kind makes.
  package var entryKind: Entry.Kind {
    switch self {
    case .posted: .posted
    case .pending: .hold
    case .post: .post
    case .void: .void
    case .reversal: .reversal
    case .account: .account
    }
  }
}
