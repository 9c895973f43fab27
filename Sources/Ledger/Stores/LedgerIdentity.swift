/// What the one row of the table `ledger` says: the ledger's name, and how much there is of what no entry tells.
package struct LedgerIdentity: Sendable {
  /// Rows of a table, counted, and the sum of their hashes (exclusive or): shows that one is missing or was added.
  package struct Tally: Sendable, Equatable {
    package private(set) var count: Int64 = 0
    private var sum = [UInt8](repeating: 0, count: 32)

    /// Counts a row of this hash. O(1).
    package mutating func add(_ hash: [UInt8]) {
      count += 1
      for (place, byte) in hash.prefix(32).enumerated() { sum[place] ^= byte }
    }

    /// The rows of both. O(1).
    package func joined(with other: Tally) -> Tally {
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

    /// Tallies of no rows.
    package init() {}
  }

  package let id: String
  package var refusals = Tally()
  package var records = Tally()
  /// Those of the records that no entry names, since they are older than that.
  package var uncovered = Tally()
  /// ``LedgerHead/recordedFrom``.
  package var recordedFrom: Int64 = 0

  /// That of a new ledger.
  package init(id: String) { self.id = id }

  /// The row of these columns; nil when it was changed. O(1).
  package init?(id: String, tally: [UInt8], hash: [UInt8]) {
    guard tally.count == Self.bytesBeforeCover || tally.count == Self.bytes, let refusals = Tally(tally[0..<40]),
      let records = Tally(tally[40..<80])
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
    if Entry.hash(Array(id.utf8) + tally) != hash { return nil }
  }

  /// The counts that change.
  package var tallies: [Tally] { [refusals, records] }
  private static let bytes = 128
  /// Up to the second version of the tables.
  private static let bytesBeforeCover = 80
  /// The counts as a store keeps them.
  package var tally: [UInt8] {
    let from = (0..<8).map { UInt8(truncatingIfNeeded: recordedFrom >> (56 - 8 * $0)) }
    return refusals.bytes + records.bytes + uncovered.bytes + from
  }
  /// The hash of the whole row, which a store keeps beside it.
  package var hash: [UInt8] { Entry.hash(Array(id.utf8) + tally) }
}
