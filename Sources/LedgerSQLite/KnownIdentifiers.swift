internal import Core
internal import GRDB
internal import Ledger

/// Tells of most new ids that no entry and no refusal has them, without asking the file. Version 7 UUIDs grow with
/// time, so an id above all that are kept is new.
struct KnownIdentifiers: Sendable {
  /// The ids above this one and below ``end`` are in use by nothing that is kept.
  private var highest: Identifier
  /// Far in the future. Ids that the ledger makes for itself lie anywhere; those behind it don't count.
  private let end: Identifier
  private static let reach: Int64 = 10 * 365 * 86_400_000

  /// Those that a ledger file has, at `milliseconds` since 1970. O(ids of the ledger's own below the end).
  init(reading database: Database, at milliseconds: Int64) throws {
    end = Identifier(milliseconds: milliseconds + Self.reach, random: (0, 0))
    highest = Identifier(high: 0, low: 0)
    for table in ["entries", "refusals"] {
      let ids = try PlainStatement("SELECT id FROM \(table) WHERE id < ? ORDER BY id DESC", in: database)
      ids.bind(1, end.bytes)
      try ids.forEach { row in
        guard let id = Identifier(bytes: row.bytes(0)) else { throw LedgerError(.corrupt, "an id can't be read") }
        insert(id)
        return id.isOfLedger
      }
    }
  }

  /// Whether nothing that is kept has this id. False says nothing.
  func isNew(_ id: Identifier) -> Bool { id > highest && id < end }

  /// Counts what is about to be written; what isn't written after all does no harm.
  mutating func insert(_ changes: LedgerChanges) {
    for stored in changes.entries { insert(stored.entry.id) }
    for refusal in changes.refusals { insert(refusal.id) }
  }

  /// An id of the ledger's own is nobody's to send, so it needs no place here.
  private mutating func insert(_ id: Identifier) {
    if id > highest, id < end, !id.isOfLedger { highest = id }
  }
}
