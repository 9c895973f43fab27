package import Core

/// How long the chain was at a moment and where it ended: signed, it shows later that no tail was cut.
package struct Checkpoint: Sendable, Equatable {
  /// The type a signed checkpoint carries.
  package static let type = "cascade-checkpoint+jwt"

  /// ``LedgerStore/ledgerID``.
  package var ledger: String
  /// Entries so far, which is the last one's sequence.
  package var size: Int64
  /// The last one's hash.
  package var head: [UInt8]
  /// When, nanoseconds since 1970.
  package var timestamp: Int64
  /// ``LedgerHead/recordedFrom``; nil in a checkpoint of an earlier version.
  package var recordedFrom: Int64?
  /// Where each log of records ended, sorted by log; nil in a checkpoint of an earlier version.
  package private(set) var records: [RecordHead]?

  /// The checkpoint of `ledger` at `head`, and of these logs of records.
  package init(ledger: String, head: LedgerHead, records: [RecordHead] = []) {
    self.ledger = ledger
    size = head.sequence
    self.head = head.hash
    timestamp = head.timestamp
    recordedFrom = head.recordedFrom
    self.records = records.sorted { $0.log.utf8.lexicographicallyPrecedes($1.log.utf8) }
  }

  /// What is signed: `{"ledger","size","head","ts","recorded_from","records"}`, hashes in hexadecimal digits. One of an
  /// earlier version has the first four members only.
  package var json: JSON {
    var object = JSON.Object([
      ("ledger", .string(ledger)), ("size", .integer(size)), ("head", .string(Hexadecimal.text(head))),
      ("ts", .integer(timestamp)),
    ])
    if let recordedFrom { object.append("recorded_from", .integer(recordedFrom)) }
    if let records { object.append("records", .array(records.map(\.json))) }
    return .object(object)
  }

  /// Reads ``json`` back; nil when a member is missing or malformed. Other members are ignored.
  package init?(json: JSON) {
    guard let ledger = json["ledger"]?.string, let size = json["size"]?.integer, size >= 0,
      let head = json["head"]?.string.flatMap({ Hexadecimal.bytes($0) }), head.count == 32,
      let timestamp = json["ts"]?.integer
    else { return nil }
    self.init(ledger: ledger, head: LedgerHead(sequence: size, timestamp: timestamp, hash: head))
    recordedFrom = nil
    if let from = json["recorded_from"] {
      guard let sequence = from.integer, sequence >= 0 else { return nil }
      recordedFrom = sequence
    }
    records = nil
    if let list = json["records"] {
      guard let heads = list.array?.map({ RecordHead(json: $0) }), !heads.contains(nil) else { return nil }
      records = heads.compactMap(\.self)
      // In one order only, and each log once.
      let isSorted = zip(heads, heads.dropFirst()).allSatisfy { left, right in
        (left?.log ?? "").utf8.lexicographicallyPrecedes((right?.log ?? "").utf8)
      }
      if !isSorted { return nil }
    }
  }
}

/// What keeps logs of decision records.
package protocol RecordHeads: Sendable {
  /// Where each log ends, durably. Throws when that can't be told now.
  func heads() async throws -> [RecordHead]
}

/// Where a log of decision records ended at a moment.
package struct RecordHead: Sendable, Equatable {
  package var log: String
  /// The place of its last record, from 1; 0 while it has none.
  package var sequence: Int64
  package var hash: [UInt8]
  /// How many records it has.
  package var count: Int64

  /// The head of the log `log`.
  package init(log: String, sequence: Int64, hash: [UInt8], count: Int64) {
    self.log = log
    self.sequence = sequence
    self.hash = hash
    self.count = count
  }

  /// `{"log","sequence","head","count"}`, the hash in hexadecimal digits.
  package var json: JSON {
    [
      "log": .string(log), "sequence": .integer(sequence), "head": .string(Hexadecimal.text(hash)),
      "count": .integer(count),
    ]
  }

  /// Reads ``json`` back; nil when a member is missing or malformed.
  package init?(json: JSON) {
    guard let log = json["log"]?.string, let sequence = json["sequence"]?.integer, sequence >= 0,
      let hash = json["head"]?.string.flatMap({ Hexadecimal.bytes($0) }), hash.count == 32,
      let count = json["count"]?.integer, count >= 0
    else { return nil }
    self.init(log: log, sequence: sequence, hash: hash, count: count)
  }
}

/// Signs checkpoints with a key of the host.
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
  /// Entries between two checkpoints.
  package var entries: Int64 = 10_000
  /// Nanoseconds between two checkpoints.
  package var interval: Int64 = 60_000_000_000

  /// The defaults: 10 000 entries, one minute.
  package init() {}

  /// Whether one is due at `head`, at time `now`, after `last`. None is while nothing was added.
  package func isDue(after last: LedgerHead, at head: LedgerHead, now: Int64) -> Bool {
    let added = head.sequence - last.sequence
    return added >= entries || added > 0 && now - last.timestamp >= interval
  }
}
