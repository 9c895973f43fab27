internal import Core
internal import Ledger

extension LedgerStatements {
  /// Keeps these accounts, each once, in place of what they were.
  static func keep(_ accounts: [Account]) -> PostgresQuery {
    func integers(_ value: (Account) -> Int64) -> PostgresValue {
      .array(.integer, accounts.map { .integer(value($0)) })
    }
    return keepAccounts.with(
      .texts(accounts.map(\.key.text)), .texts(accounts.map(\.name.text)),
      .array(.text, accounts.map { .text($0.asset?.name) }), integers(\.totals.debitsPending),
      integers(\.totals.debitsPosted), integers(\.totals.creditsPending), integers(\.totals.creditsPosted),
      integers(\.floor), .array(.boolean, accounts.map { .boolean($0.isClosed) }), integers(\.version))
  }

  /// Adds these open holds, each once.
  static func insert(_ holds: [Hold]) -> PostgresQuery {
    insertHolds.with(
      .ids(holds.map(\.id)), .array(.integer, holds.map { .integer($0.expiresAt) }),
      .texts(holds.map { AccountKey($0.from, $0.amount.asset).text }),
      .texts(holds.map { AccountKey($0.to, $0.amount.asset).text }))
  }

  /// Adds these rows of entries, as another store kept them.
  static func insert(_ rows: [LedgerRow]) -> PostgresQuery {
    func blobs(_ value: (LedgerRow) -> [UInt8]?) -> [PostgresValue] { rows.map { .bytes(value($0)) } }
    return insertEntries.with(
      .array(.integer, rows.map { .integer($0.sequence) }), .array(.uuid, blobs(\.id)),
      .array(.uuid, blobs(\.pendingID)), .array(.uuid, blobs(\.reverses)), .array(.bytes, blobs(\.canonicalBytes)),
      .array(.bytes, blobs(\.hash)), .array(.bytes, blobs(\.balanceBytes)))
  }

  /// Adds these refusals, each with its hash.
  static func insert(_ refusals: [(id: Identifier, reason: RefusalReason)]) -> PostgresQuery {
    insertRefusals.with(
      .ids(refusals.map(\.id)), .texts(refusals.map(\.reason.rawValue)),
      .blobs(refusals.map { Entry.hash($0.id.bytes + $0.reason.rawValue.utf8) }))
  }

  /// Adds these records of decisions.
  static func insert(_ records: [DecisionRecord]) -> PostgresQuery {
    insertRecords.with(
      .ids(records.map(\.id)), .blobs(records.map(\.bytes)),
      .blobs(records.map { Entry.hash($0.id.bytes + $0.bytes) }))
  }

  /// Adds what statements have beside their entries, unless it is there.
  static func insert(_ attachments: [Statement.Attachment]) -> PostgresQuery {
    insertAttachments.with(.texts(attachments.map(\.hash)), .blobs(attachments.map(\.bytes)))
  }
}
