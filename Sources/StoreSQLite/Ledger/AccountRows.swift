internal import Core
internal import Ledger

extension Account {
  /// The account of a row of ``columns``. Throws `corrupt`, naming the account and the column, when the ledger can't
  /// have written it.
  init(_ row: PlainRow) throws(StoreError) {
    let closed = row.integerOrNil(8)
    try self.init(
      text: { row.textOrNil(Int32($0)) }, integer: { row.integerOrNil(Int32($0)) }, isNull: { row.isNull(Int32($0)) },
      closed: closed == 1 ? true : closed == 0 ? false : nil, label: row.text(0))
  }
}
