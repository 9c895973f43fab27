package import Core
package import Cryptography
internal import Governance
package import Ledger

/// Proofs about a ledger for whoever has only its verifier key: checkpoints of the tree over its entries as signed
/// notes (C2SP `tlog-checkpoint`), and the way from an entry to one (C2SP `tlog-proof`).
package struct LedgerNotes: Sendable {
  private let ledger: any LedgerReading & CommittedRecordReading
  private let key: NoteKey

  /// Proofs about `ledger`, signed by `key`.
  package init(_ ledger: any LedgerReading & CommittedRecordReading, signedBy key: NoteKey) {
    self.ledger = ledger
    self.key = key
  }

  /// The checkpoint of all entries there are: origin, size and root, signed. O(log entries). Throws what the ledger
  /// throws, or OpenSSL's error.
  package func checkpoint() async throws -> String {
    let size = try await ledger.head().sequence
    return try Self.checkpoint(size, root: try await ledger.treeRoot(of: size), key)
  }

  /// The checkpoint of a tree. O(log n). Throws OpenSSL's error.
  package static func checkpoint(_ tree: MerkleFrontier, _ key: NoteKey) throws(CryptographyError) -> String {
    try checkpoint(tree.size, root: tree.root, key)
  }

  /// The proof that the checkpoint of now covers an entry: that of this id, or of a decision of this id the first that
  /// names its record. Nil when there is none. O(log entries). Throws as ``checkpoint()``.
  package func proof(of id: Identifier) async throws -> ProvenEntry? {
    guard let stored = try await entry(id) else { return nil }
    let size = try await ledger.head().sequence
    guard let (proof, root) = try await ledger.proof(of: stored.entry.sequence, in: size) else { return nil }
    return ProvenEntry(
      canonicalBytes: stored.canonicalBytes, proof: proof, checkpoint: try Self.checkpoint(size, root: root, key))
  }

  private func entry(_ id: Identifier) async throws(StoreError) -> StoredEntry? {
    if let stored = try await ledger.entry(id) { return stored }
    guard let bytes = try await ledger.record(id) else { return nil }
    let record = DecisionRecord(id: id, bytes: bytes)
    return try await ledger.entry(record.effects?.first ?? LedgerState.statementID(of: id))
  }

  private static func checkpoint(
    _ size: Int64, root: [UInt8], _ key: NoteKey
  ) throws(CryptographyError) -> String {
    try key.signed("\(key.name)\n\(size)\n\(Base64Text.text(root))\n")
  }
}

/// An entry, and what shows that a ledger has it.
package struct ProvenEntry: Sendable, Equatable {
  /// What the tree's leaf is the hash of, so that it can be checked.
  package var canonicalBytes: [UInt8]
  package var proof: InclusionProof
  /// The signed checkpoint that it leads to.
  package var checkpoint: String

  /// The proof in the form `c2sp.org/tlog-proof@v1`, without the entry. O(log entries).
  package var text: String {
    let hashes = proof.hashes.map { Base64Text.text($0) + "\n" }.joined()
    return "c2sp.org/tlog-proof@v1\nindex \(proof.index)\n\(hashes)\n\(checkpoint)"
  }

  /// `{"entry","index","size","proof","checkpoint"}`: the entry in hexadecimal digits, hashes in base64.
  package var json: JSON {
    [
      "entry": .string(Hexadecimal.text(canonicalBytes)), "index": .integer(proof.index),
      "size": .integer(proof.size), "proof": .array(proof.hashes.map { .string(Base64Text.text($0)) }),
      "checkpoint": .string(checkpoint),
    ]
  }
}
