package import Core

/// How a ledger stands to a checkpoint.
package enum CheckpointStanding: Sendable, Equatable {
  /// It has the entry that the checkpoint ends with, so all of its history.
  case covers
  /// It ends earlier, with this sequence.
  case behind(Int64)
  /// Its entry at that place is another one; it ends with this sequence.
  case parted(Int64)
  /// The checkpoint is of another ledger; this one ends with this sequence.
  case another(Int64)

  /// The sequence of the ledger's last entry; nil when it covers the checkpoint.
  package var last: Int64? {
    switch self {
    case .covers: nil
    case .behind(let last), .parted(let last), .another(let last): last
    }
  }
}

extension Checkpoint {
  /// How `ledger` stands to this checkpoint, by one entry of it. Throws when the ledger can't be read. O(1).
  package func standing(of ledger: some LedgerReading) async throws(StoreError) -> CheckpointStanding {
    let last = try await ledger.head().sequence
    if !self.ledger.isSame(as: ledger.ledgerID) { return .another(last) }
    if size == 0 { return .covers }
    if last < size { return .behind(last) }
    let row = try await ledger.rows(after: size - 1, limit: 1).first
    return row?.sequence == size && row?.hash == head ? .covers : .parted(last)
  }
}
