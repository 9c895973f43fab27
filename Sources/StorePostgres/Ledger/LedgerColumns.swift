internal import Core
internal import Ledger

// Rows of the ledger's tables, of which any bit may have changed since they were written.

extension LedgerRow {
  /// What a query selects to read rows of the table `entries`.
  static let columns = "sequence, id, pending_id, reverses, canonical, hash, balances"
  /// The same where other tables have columns of these names.
  static let qualifiedColumns = """
    entries.sequence, entries.id, entries.pending_id, entries.reverses, entries.canonical, entries.hash,
    entries.balances
    """

  /// The row that begins in column `first`. Throws `corrupt` when it isn't one.
  init(_ row: PostgresRow, from first: Int = 0) throws(StoreError) {
    guard let sequence = row.integer(first), let id = row.bytes(first + 1), let canonical = row.bytes(first + 4),
      let hash = row.bytes(first + 5), let balances = row.bytes(first + 6)
    else { throw StoreError(.corrupt, "a row of entries can't be read; run 'cascade ledger verify'") }
    self.init(
      sequence: sequence, id: id, pendingID: row.bytes(first + 2), reverses: row.bytes(first + 3),
      canonicalBytes: canonical, hash: hash, balanceBytes: balances)
  }

  /// The entry. Throws `corrupt` when it can't be read.
  func read() throws(StoreError) -> StoredEntry {
    guard let stored else {
      throw StoreError(.corrupt, "entry \(sequence) can't be read; run 'cascade ledger verify'")
    }
    return stored
  }
}

extension Account {
  private static let columnNames = [
    "key", "name", "asset", "debits_pending", "debits_posted", "credits_pending", "credits_posted", "floor", "closed",
    "version",
  ]
  static let columns = columnNames.joined(separator: ", ")

  /// The account of a row of ``columns``. Throws `corrupt`, naming the account and the column, when the ledger can't
  /// have written it.
  init(_ row: PostgresRow) throws(StoreError) {
    guard let name = row.text(1).flatMap({ AccountName($0) }) else { throw Self.unreadable(row, 1) }
    let asset = row.text(2).flatMap { Asset($0) }
    if asset == nil, !row.isNull(2) { throw Self.unreadable(row, 2) }
    self.init(name: name, asset: asset)
    totals.debitsPending = try Self.integer(row, 3)
    totals.debitsPosted = try Self.integer(row, 4)
    totals.creditsPending = try Self.integer(row, 5)
    totals.creditsPosted = try Self.integer(row, 6)
    if !totals.arePossible { throw Self.unreadable(row, 3) }
    floor = try Self.integer(row, 7)
    if floor > 0 || floor == .min { throw Self.unreadable(row, 7) }
    isClosed = row.boolean(8) ?? false
    version = try Self.integer(row, 9)
    if key.text != row.text(0) { throw Self.unreadable(row, 0) }
  }

  private static func integer(_ row: PostgresRow, _ column: Int) throws(StoreError) -> Int64 {
    guard let value = row.integer(column) else { throw unreadable(row, column) }
    return value
  }

  private static func unreadable(_ row: PostgresRow, _ column: Int) -> StoreError {
    StoreError(.corrupt, "account \(row.text(0) ?? "") can't be read: its \(columnNames[column]) was changed")
  }
}

extension PostgresRows {
  /// The entries of rows of ``LedgerRow/columns``.
  func entries() throws(StoreError) -> [StoredEntry] {
    var entries: [StoredEntry] = []
    entries.reserveCapacity(count)
    for row in all { entries.append(try LedgerRow(row).read()) }
    return entries
  }

  /// The holds that such entries made.
  func holds() throws(StoreError) -> [Hold] { try entries().compactMap { Hold($0.entry) } }

  /// The accounts of rows of ``Account/columns``.
  func accounts() throws(StoreError) -> [Account] {
    var accounts: [Account] = []
    accounts.reserveCapacity(count)
    for row in all { accounts.append(try Account(row)) }
    return accounts
  }
}

/// The one row of the table `ledger_head`.
struct HeadRow: Sendable {
  var identity: LedgerIdentity
  var head: LedgerHead
  var openHolds: Int
  /// The transaction that read it.
  var transaction: Int64

  /// What a query selects.
  static let columns = """
    id, tally, row_hash, sequence, "timestamp", hash, open_holds, pg_current_xact_id_if_assigned()::text::bigint
    """

  /// The row that a query selected. Throws `corrupt` when it isn't there or was changed.
  init(_ row: PostgresRow?) throws(StoreError) {
    guard let row, let id = row.text(0), let tally = row.bytes(1), let rowHash = row.bytes(2),
      let identity = LedgerIdentity(id: id, tally: tally, hash: rowHash), let sequence = row.integer(3),
      let timestamp = row.integer(4), let hash = row.bytes(5), let openHolds = row.integer(6)
    else { throw StoreError(.corrupt, "the name of the ledger, its tally or its head was changed") }
    self.identity = identity
    head = LedgerHead(
      sequence: sequence, timestamp: timestamp, hash: hash, recordedFrom: identity.recordedFrom)
    self.openHolds = Int(openHolds)
    transaction = row.integer(7) ?? 0
  }
}
