package import Core
package import Ledger

/// What a run knows of a hold: whose money it keeps, or that it isn't there.
package enum KnownHold: Sendable, Hashable {
  /// There is no transfer of that id.
  case absent
  /// It keeps money of this account; whether it can still be resolved is for the ledger to say.
  case keeps(AccountName)

  /// The hold that `stored` made; nil stands for no entry. An entry that is no hold is known by what it debits, so
  /// that the ledger can say so.
  package init(_ stored: StoredEntry?) {
    self = stored?.entry.postings.first.map { .keeps($0.source) } ?? .absent
  }
}
