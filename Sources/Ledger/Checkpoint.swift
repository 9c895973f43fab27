package import Core

/// How long the chain was at a moment and where it ended: signed, it shows later that no tail was cut.
package struct Checkpoint: Sendable, Equatable {
  /// The type a signed checkpoint carries.
  package static let type = "cascade-checkpoint+jwt"

  /// ``LedgerStore/ledgerID``.
  package var ledger: String
  /// Entries so far.
  package var size: Int64
  /// The last one's hash.
  package var head: [UInt8]
  /// When, nanoseconds since 1970.
  package var timestamp: Int64

  /// The checkpoint of `ledger` at `head`.
  package init(ledger: String, head: LedgerHead) {
    self.ledger = ledger
    size = head.sequence
    self.head = head.hash
    timestamp = head.timestamp
  }

  /// What is signed: `{"ledger","size","head","ts"}`, the head in hexadecimal digits.
  package var json: JSON {
    [
      "ledger": .string(ledger), "size": .integer(size), "head": .string(Hexadecimal.text(head)),
      "ts": .integer(timestamp),
    ]
  }

  /// Reads ``json`` back; nil when a member is missing or malformed. Other members are ignored.
  package init?(json: JSON) {
    guard let ledger = json["ledger"]?.string, let size = json["size"]?.integer, size >= 0,
      let head = json["head"]?.string.flatMap({ Hexadecimal.bytes($0) }), head.count == 32,
      let timestamp = json["ts"]?.integer
    else { return nil }
    self.init(ledger: ledger, head: LedgerHead(sequence: size, timestamp: timestamp, hash: head))
  }
}

/// Who signs checkpoints.
package protocol CheckpointSigner: Sendable {
  /// The compact JWS of `payload`, with `type` as its `typ`. Throws when there is no key to sign with.
  func sign(_ payload: [UInt8], type: String) throws -> String
}

extension Checkpoint {
  /// The checkpoint as a compact JWS. Throws what the signer throws.
  package func signed(by signer: some CheckpointSigner) throws -> String {
    try signer.sign(json.bytes, type: Self.type)
  }
}

/// When the next checkpoint is due: after so many entries or so long, whichever comes first.
package struct CheckpointSchedule: Sendable, Equatable {
  /// Entries between two.
  package var entries: Int64 = 10_000
  /// Nanoseconds between two.
  package var interval: Int64 = 60_000_000_000

  /// The defaults: 10 000 entries, one minute.
  package init() {}

  /// Whether one is due at `head`, at time `now`, after `last`. None is while nothing was added.
  package func isDue(after last: LedgerHead, at head: LedgerHead, now: Int64) -> Bool {
    let added = head.sequence - last.sequence
    return added >= entries || added > 0 && now - last.timestamp >= interval
  }
}
