package import Core

extension Account {
  private static let columnNames = [
    "key", "name", "asset", "debits_pending", "debits_posted", "credits_pending", "credits_posted", "floor", "closed",
    "version",
  ]

  /// The columns of the table of accounts, in order, as a query selects them.
  package static let columns = columnNames.joined(separator: ", ")

  /// The account of a row of ``columns``, of which any bit may have changed since it was written.
  ///
  /// `text` and `integer` give nil for a column that isn't of the type; `closed` is nil when it is neither. Errors call
  /// the row `label`. Throws `corrupt`, naming the account and the column, when the ledger can't have written it.
  package init(
    text: (Int) -> String?, integer: (Int) -> Int64?, isNull: (Int) -> Bool, closed: Bool?,
    label: @autoclosure () -> String
  ) throws(StoreError) {
    func unreadable(_ column: Int) -> StoreError {
      StoreError(.corrupt, "account \(label()) can't be read: its \(Self.columnNames[column]) was changed")
    }
    func required(_ column: Int) throws(StoreError) -> Int64 {
      guard let value = integer(column) else { throw unreadable(column) }
      return value
    }
    guard let name = text(1).flatMap({ AccountName($0) }) else { throw unreadable(1) }
    let asset = text(2).flatMap { Asset($0) }
    if asset == nil, !isNull(2) { throw unreadable(2) }
    self.init(name: name, asset: asset)
    totals.debitsPending = try required(3)
    totals.debitsPosted = try required(4)
    totals.creditsPending = try required(5)
    totals.creditsPosted = try required(6)
    if !totals.arePossible { throw unreadable(3) }
    floor = try required(7)
    if floor > 0 || floor == .min { throw unreadable(7) }
    guard let closed else { throw unreadable(8) }
    isClosed = closed
    version = try required(9)
    if key.text != text(0) { throw unreadable(0) }
  }
}
