package import Core
internal import GRDB
internal import Ledger

/// Tells of most new ids that no entry and no refusal has them, without asking the file. Version 7 UUIDs grow with
/// time, so one above all that are kept is new. Of other ids, which lie anywhere, nothing is told.
package struct KnownIdentifiers: Sendable {
  /// The version 7 ids above this one and below ``end`` are in use by nothing but ``ahead``.
  private var highest = Identifier(high: 0, low: 0)
  /// Ids of times to come: counted as the highest they would hide all that is new until then.
  private var ahead: Set<Identifier> = []
  /// Far in the future, or the first of those for which ``ahead`` had no room.
  private var end: Identifier
  private static let reach: Int64 = 10 * 365 * 86_400_000
  /// How far ahead of the ledger's time an id may be and is still one of now.
  private static let tolerance: Int64 = 86_400_000
  private static let room = 10_000

  /// Those of a ledger without any, at `milliseconds` since 1970.
  package init(at milliseconds: Int64) {
    end = Identifier(milliseconds: milliseconds + Self.reach, random: (0, 0))
  }

  /// Whether nothing that is kept has this id. False says nothing. O(1).
  package func isNew(_ id: Identifier) -> Bool {
    id > highest && id < end && id.isOfTime && (ahead.isEmpty || !ahead.contains(id))
  }

  /// Counts an id that is about to be kept; if it isn't after all, that does no harm. O(1) on average.
  package mutating func insert(_ id: Identifier, at milliseconds: Int64) {
    if id <= highest || id >= end || !id.isOfTime { return }
    if id.milliseconds <= milliseconds + Self.tolerance {
      highest = id
      return
    }
    ahead.insert(id)
    if ahead.count <= Self.room { return }
    let highest = highest
    ahead = ahead.filter { $0 > highest }
    // So many come from a clock that is wrong; they aren't worth more room.
    if ahead.count > Self.room / 2, let first = ahead.min() { (end, ahead) = (first, []) }
  }
}

extension KnownIdentifiers {
  /// Those that a ledger file has. O(ids of other versions below the end).
  init(reading database: Database, at milliseconds: Int64) throws {
    self.init(at: milliseconds)
    let horizon = Identifier(milliseconds: milliseconds + Self.tolerance, random: (0, 0))
    for table in ["entries", "refusals"] {
      let below = try PlainStatement("SELECT id FROM \(table) WHERE id < ? ORDER BY id DESC", in: database)
      below.bind(1, horizon.bytes)
      try below.forEach { row in
        let id = try Self.identifier(row)
        insert(id, at: milliseconds)
        return !id.isOfTime
      }
      let above = try PlainStatement("SELECT id FROM \(table) WHERE id >= ? AND id < ?", in: database)
      above.bind(1, horizon.bytes)
      above.bind(2, end.bytes)
      try above.forEach { row in
        insert(try Self.identifier(row), at: milliseconds)
        return true
      }
    }
  }

  private static func identifier(_ row: PlainRow) throws(StoreError) -> Identifier {
    guard let id = Identifier(bytes: row.bytes(0)) else { throw StoreError(.corrupt, "an id can't be read") }
    return id
  }

  /// Counts what is about to be written.
  mutating func insert(_ changes: LedgerChanges, at milliseconds: Int64) {
    for stored in changes.entries { insert(stored.entry.id, at: milliseconds) }
    for refusal in changes.refusals { insert(refusal.id, at: milliseconds) }
  }
}

extension Identifier {
  /// Whether it is of version 7 and so begins with a time.
  fileprivate var isOfTime: Bool { high >> 12 & 0xF == 7 && low >> 62 == 2 }
}
