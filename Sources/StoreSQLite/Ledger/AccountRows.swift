internal import Core
internal import Ledger

// Reading the table of accounts, of which any bit may have changed since it was written.

extension Account {
  private static let columnNames = [
    "key", "name", "asset", "debits_pending", "debits_posted", "credits_pending", "credits_posted", "floor", "closed",
    "version",
  ]
  static let columns = columnNames.joined(separator: ", ")

  /// The account of a row of ``columns``. Throws `corrupt`, naming the account and the column, when the ledger can't
  /// have written it.
  init(_ row: PlainRow) throws(StoreError) {
    guard let name = row.textOrNil(1).flatMap({ AccountName($0) }) else { throw Self.unreadable(row, 1) }
    let asset = row.textOrNil(2).flatMap { Asset($0) }
    if asset == nil, !row.isNull(2) { throw Self.unreadable(row, 2) }
    self.init(name: name, asset: asset)
    totals.debitsPending = try Self.integer(row, 3)
    totals.debitsPosted = try Self.integer(row, 4)
    totals.creditsPending = try Self.integer(row, 5)
    totals.creditsPosted = try Self.integer(row, 6)
    if !totals.arePossible { throw Self.unreadable(row, 3) }
    floor = try Self.integer(row, 7)
    if floor > 0 || floor == .min { throw Self.unreadable(row, 7) }
    let closed = try Self.integer(row, 8)
    if closed != 0 && closed != 1 { throw Self.unreadable(row, 8) }
    isClosed = closed == 1
    version = try Self.integer(row, 9)
    if key.text != row.textOrNil(0) { throw Self.unreadable(row, 0) }
  }

  private static func integer(_ row: PlainRow, _ column: Int32) throws(StoreError) -> Int64 {
    guard let value = row.integerOrNil(column) else { throw unreadable(row, column) }
    return value
  }

  private static func unreadable(_ row: PlainRow, _ column: Int32) -> StoreError {
    StoreError(.corrupt, "account \(row.text(0)) can't be read: its \(columnNames[Int(column)]) was changed")
  }
}
