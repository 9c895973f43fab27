package import Core

/// An entry's row as a store keeps it, unread.
package struct LedgerRow: Sendable, Equatable {
  /// Its place in the ledger.
  package var sequence: Int64
  /// The columns beside the canonical bytes, there to be looked up by.
  package var id: [UInt8]
  /// The hold it resolves, 16 bytes.
  package var pendingID: [UInt8]?
  /// The entry it reverses, 16 bytes.
  package var reverses: [UInt8]?
  package var canonicalBytes: [UInt8]
  package var hash: [UInt8]
  /// The balances it left, as ``StoredEntry/balanceBytes`` has them.
  package var balanceBytes: [UInt8]

  /// A row of these columns.
  package init(
    sequence: Int64, id: [UInt8], pendingID: [UInt8]?, reverses: [UInt8]?, canonicalBytes: [UInt8], hash: [UInt8],
    balanceBytes: [UInt8]
  ) {
    self.sequence = sequence
    self.id = id
    self.pendingID = pendingID
    self.reverses = reverses
    self.canonicalBytes = canonicalBytes
    self.hash = hash
    self.balanceBytes = balanceBytes
  }

  /// The row that keeps `stored`.
  package init(_ stored: StoredEntry) {
    self.init(
      sequence: stored.entry.sequence, id: stored.entry.id.bytes, pendingID: stored.entry.pendingID?.bytes,
      reverses: stored.entry.reverses?.bytes, canonicalBytes: stored.canonicalBytes, hash: stored.hash,
      balanceBytes: stored.balanceBytes)
  }

  /// The columns of the table `entries` that keep a row, in order, as a query selects them.
  package static let columns = "sequence, id, pending_id, reverses, canonical, hash, balances"

  /// The entry. Throws `corrupt` when the bytes are not what a ledger writes.
  package func read() throws(StoreError) -> StoredEntry {
    guard let stored else {
      throw StoreError(.corrupt, "entry \(sequence) can't be read; run 'cascade ledger verify'")
    }
    return stored
  }

  /// The entry; nil when the bytes are not what a ledger writes.
  package var stored: StoredEntry? {
    StoredEntry(canonicalBytes: canonicalBytes, hash: hash, balanceBytes: balanceBytes)
  }
}
