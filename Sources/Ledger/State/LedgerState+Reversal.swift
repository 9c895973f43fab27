package import Core

extension LedgerState {
  /// An earlier movement taken back. The postings must mirror it; what can't be had from the account that was
  /// credited may come from its receivable account. All reversals of one entry together never exceed it.
  func reverse(_ event: LedgerEvent, _ draft: inout Draft) throws(NotLoaded) -> RefusalReason? {
    guard let id = event.reverses, let amount = event.amount else { return .invalidEvent }
    var found = draft.index(of: id).map { draft.entries[$0].entry }
    if found == nil { found = try entry(id)?.entry }
    guard let original = found else { return .originalNotFound }
    guard original.kind == .posted || original.kind == .post, let posting = original.postings.first
    else { return .originalNotReversible }
    let mayPay = event.from == posting.destination || event.from == posting.destination.receivable
    guard event.to == posting.source, mayPay, amount.asset == posting.amount.asset
    else { return .reversalDoesNotMirror }
    var sum = draft.reversed[id]
    if sum == nil { sum = try loaded.past.reversed.value(id, NotLoaded(.reversals, id.description)) }
    if sum == posting.amount.minor { return .alreadyReversed }
    if amount.minor > posting.amount.minor - (sum ?? 0) { return .exceedsOriginalAmount }
    if let reason = try move(event, .reversal, &draft) { return reason }
    draft.reversed[id] = (sum ?? 0) + amount.minor
    return nil
  }
}

extension AccountName {
  /// The account that carries what this one owes and can't pay: `receivable:` and the name; nil when too long.
  package var receivable: AccountName? { AccountName("receivable:\(text)") }
}

extension LedgerEvent {
  /// The chain that takes back `originals` (one transfer, or the transfers of one chain in their order): postings
  /// swapped, in reverse order, each naming its original. `shortages` says for an account how much of what it must
  /// give back comes from its receivable account instead, minor units; that account must have a floor for it.
  /// `makeID` gives each event its id. O(originals).
  package static func reversal(
    of originals: [Entry], shortages: [AccountName: Int64] = [:], makeID: () -> Identifier
  ) -> [LedgerEvent] {
    var left = shortages
    var events: [LedgerEvent] = []
    for original in originals.reversed() {
      guard let posting = original.postings.first else { continue }
      let short = min(left[posting.destination] ?? 0, posting.amount.minor)
      left[posting.destination]? -= short
      for (payer, minor) in [
        (Optional(posting.destination), posting.amount.minor - short), (posting.destination.receivable, short),
      ] {
        guard let payer, minor > 0 || (short == 0 && payer == posting.destination) else { continue }
        var event = posted(makeID(), from: payer, to: posting.source, Amount(minor, posting.amount.asset))
        event.kind = .reversal
        event.reverses = original.id
        event.reference = original.reference
        event.isLinked = true
        events.append(event)
      }
    }
    if !events.isEmpty { events[events.count - 1].isLinked = false }
    return events
  }
}
