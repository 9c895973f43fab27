internal import Core
internal import Ledger

// Rows of the ledger's tables, of which any bit may have changed since they were written.

extension LedgerRow {
  /// ``columns`` where other tables have columns of these names.
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
}

extension Account {
  /// The account of a row of ``columns``. Throws `corrupt`, naming the account and the column, when the ledger can't
  /// have written it.
  init(_ row: PostgresRow) throws(StoreError) {
    try self.init(
      text: { row.text($0) }, integer: { row.integer($0) }, isNull: { row.isNull($0) }, closed: row.boolean(8) ?? false,
      label: row.text(0) ?? "")
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
  /// The tree over the entries, without the last ones when an earlier version wrote those.
  var tree: MerkleFrontier
  /// The generation of the rules that decides on all hosts; nil before the first.
  var generation: Int64?

  /// What a query selects.
  static let columns = """
    id, tally, row_hash, sequence, "timestamp", hash, open_holds, pg_current_xact_id_if_assigned()::text::bigint,
    tree, generation
    """

  /// The row that a query selected. Throws `corrupt` when it isn't there or was changed.
  init(_ row: PostgresRow?) throws(StoreError) {
    guard let row, let id = row.text(0), let tally = row.bytes(1), let rowHash = row.bytes(2),
      let identity = LedgerIdentity(id: id, tally: tally, hash: rowHash), let sequence = row.integer(3),
      let timestamp = row.integer(4), let hash = row.bytes(5), let openHolds = row.integer(6),
      let tree = row.bytes(8).flatMap({ MerkleFrontier($0) }), tree.size <= sequence
    else { throw StoreError(.corrupt, "the name of the ledger, its tally or its head was changed") }
    self.identity = identity
    head = LedgerHead(
      sequence: sequence, timestamp: timestamp, hash: hash, recordedFrom: identity.recordedFrom)
    self.openHolds = Int(openHolds)
    transaction = row.integer(7) ?? 0
    self.tree = tree
    generation = row.integer(9).flatMap { $0 == 0 ? nil : $0 }
  }
}
