package import Core

/// Money set aside until it is posted or voided.
package struct Hold: Sendable, Hashable {
  /// The id of the transfer that made it.
  package var id: Identifier
  /// The account it will debit.
  package var from: AccountName
  /// The account it will credit.
  package var to: AccountName
  /// How much is set aside.
  package var amount: Amount
  /// Nanoseconds since 1970 from which on it can no longer be resolved; nil for never.
  package var expiresAt: Int64?

  /// The hold that `entry` made; nil when it made none.
  package init?(_ entry: Entry) {
    guard entry.kind == .hold, let posting = entry.postings.first else { return nil }
    id = entry.id
    from = posting.source
    to = posting.destination
    amount = posting.amount
    let timeout = Int64(entry.timeoutSeconds)
    expiresAt = timeout == 0 ? nil : entry.timestamp.adding(saturating: timeout * 1_000_000_000)
  }

  /// Whether it can no longer be resolved at `timestamp`.
  package func isExpired(at timestamp: Int64) -> Bool { expiresAt.map { $0 <= timestamp } ?? false }
}
