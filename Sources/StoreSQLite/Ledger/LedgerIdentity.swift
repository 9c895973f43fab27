internal import Core
internal import GRDB
internal import Ledger

/// What the one row of the table `ledger` says: the ledger's name, and how much there is of what no entry tells.
struct LedgerIdentity: Sendable {
  /// Rows of a table, counted, and the sum of their hashes (exclusive or): shows that one is missing or was added.
  struct Tally: Sendable, Equatable {
    private(set) var count: Int64 = 0
    private var sum = [UInt8](repeating: 0, count: 32)

    /// Counts a row of this hash. O(1).
    mutating func add(_ hash: [UInt8]) {
      count += 1
      for (place, byte) in hash.prefix(32).enumerated() { sum[place] ^= byte }
    }

    /// The rows of both. O(1).
    func joined(with other: Tally) -> Tally {
      var joined = self
      joined.count += other.count
      for place in joined.sum.indices { joined.sum[place] ^= other.sum[place] }
      return joined
    }

    fileprivate var bytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) } + sum }

    fileprivate init?(_ bytes: ArraySlice<UInt8>) {
      count = bytes.prefix(8).reduce(0) { $0 << 8 | Int64($1) }
      sum = Array(bytes.dropFirst(8))
      if count < 0 || sum.count != 32 { return nil }
    }

    init() {}
  }

  let id: String
  var refusals = Tally()
  var records = Tally()
  /// Those of the records that no entry names, since they are older than that.
  var uncovered = Tally()
  /// ``LedgerHead/recordedFrom``.
  var recordedFrom: Int64 = 0

  /// That of a new ledger.
  init(id: String) { self.id = id }

  /// What a ledger file says. Throws `corrupt` when that isn't one row, or was changed.
  init(reading database: Database) throws {
    var rows: [LedgerIdentity?] = []
    try PlainStatement("SELECT id, tally, hash FROM ledger", in: database).forEach { row in
      rows.append(LedgerIdentity(row))
      return true
    }
    guard rows.count == 1 else { throw StoreError(.corrupt, "there are \(rows.count) names of the ledger, not one") }
    guard let identity = rows[0] else { throw StoreError(.corrupt, "the name of the ledger or its tally was changed") }
    self = identity
  }

  private init?(_ row: PlainRow) {
    let tally = row.bytes(1)
    guard let id = row.textOrNil(0), tally.count == Self.bytesBeforeCover || tally.count == Self.bytes,
      let refusals = Tally(tally[0..<40]), let records = Tally(tally[40..<80])
    else { return nil }
    self.id = id
    self.refusals = refusals
    self.records = records
    uncovered = records
    if tally.count == Self.bytes {
      guard let uncovered = Tally(tally[80..<120]) else { return nil }
      self.uncovered = uncovered
      recordedFrom = tally[120..<128].reduce(0) { $0 << 8 | Int64($1) }
    }
    if Entry.hash(Array(id.utf8) + tally) != row.bytes(2) { return nil }
  }

  /// The counts that change.
  var tallies: [Tally] { [refusals, records] }
  private static let bytes = 128
  /// Up to the second version of the tables.
  private static let bytesBeforeCover = 80
  private var tally: [UInt8] {
    let from = (0..<8).map { UInt8(truncatingIfNeeded: recordedFrom >> (56 - 8 * $0)) }
    return refusals.bytes + records.bytes + uncovered.bytes + from
  }
  private var hash: [UInt8] { Entry.hash(Array(id.utf8) + tally) }

  /// Adds the row to a file without one.
  func insert(into database: Database) throws {
    try write("INSERT INTO ledger (id, tally, hash) VALUES (?1, ?2, ?3)", database)
  }

  /// Writes the tallies as they are now.
  func update(in database: Database) throws {
    try write("UPDATE ledger SET tally = ?2, hash = ?3 WHERE id = ?1", database)
  }

  private func write(_ sql: String, _ database: Database) throws {
    let statement = try PlainStatement(sql, in: database)
    statement.bind(1, id)
    statement.bind(2, tally)
    statement.bind(3, hash)
    try statement.run()
  }
}
