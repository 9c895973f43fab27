package import Core
package import Ledger

/// What stands in the ledger for a segment of a log of records that was removed (kind 9): which records it held and
/// between which hashes of the log's chain, so that the chain is followed over the hole, and a copy of the segment can
/// be recognised later.
package struct RecordAnchor: Sendable, Equatable {
  /// What checkpoints call the log: `local/0`.
  package var log: String
  /// The place of its first record in the log, from 1.
  package var first: Int64
  /// The place of its last.
  package var last: Int64
  /// The hash that its first frame follows.
  package var before: [UInt8]
  /// The hash of its last frame.
  package var after: [UInt8]

  /// How many records it held.
  package var count: Int64 { last - first + 1 }

  /// The anchor of a segment.
  package init(log: String, first: Int64, last: Int64, before: [UInt8], after: [UInt8]) {
    self.log = log
    self.first = first
    self.last = last
    self.before = before
    self.after = after
  }

  /// The id of the anchor of the segment that begins with this record: the same again, so that no segment has two, and
  /// each is found behind the one before it.
  package static func id(of log: String, first: Int64) -> Identifier {
    Identifier(derived: Identifier.digest("cascade-anchor-v1\0", of: Identifier(high: 0, low: 0), Int(first), log))
  }

  /// What the ledger is told; `requester` is who asked for it.
  package func statement(requester: String) -> Statement {
    Statement(
      id: Self.id(of: log, first: first), kind: .anchor,
      metadata: [
        ExactText("log"): log, ExactText("first"): String(first), ExactText("last"): String(last),
        ExactText("count"): String(count), ExactText("before"): Hexadecimal.text(before),
        ExactText("after"): Hexadecimal.text(after), ExactText(Entry.ReservedKey.requester): requester,
      ])
  }

  /// Reads an entry of the ledger; nil for one that is no anchor.
  package init?(_ entry: Entry) {
    func number(_ name: String) -> Int64? { entry.metadata[ExactText(name)].flatMap { Int64($0) } }
    func hash(_ name: String) -> [UInt8]? {
      entry.metadata[ExactText(name)].flatMap { Hexadecimal.bytes($0) }.flatMap { $0.count == 32 ? $0 : nil }
    }
    guard entry.kind == .anchor, let log = entry.metadata["log"], let first = number("first"),
      let last = number("last"), let before = hash("before"), let after = hash("after"), first >= 1, last >= first,
      number("count") == last - first + 1
    else { return nil }
    self.init(log: log, first: first, last: last, before: before, after: after)
  }

  /// `{"log","first","last","count","before","after"}`, hashes in hexadecimal digits.
  package var json: JSON {
    [
      "log": .string(log), "first": .integer(first), "last": .integer(last), "count": .integer(count),
      "before": .string(Hexadecimal.text(before)), "after": .string(Hexadecimal.text(after)),
    ]
  }
}

/// The anchors of logs, of each in their order: what of the beginning of a log may be missing.
package struct RecordAnchors: Sendable, Equatable {
  private var anchors: [String: [RecordAnchor]] = [:]

  /// None: nothing may be missing.
  package init() {}

  /// Those that `ledger` has of the logs of these names. O(anchors · log entries). Throws `corrupt` when one doesn't
  /// follow the one before it.
  package init(of logs: some Sequence<String>, in ledger: some LedgerReading) async throws(StoreError) {
    for log in Set(logs) {
      var known: [RecordAnchor] = []
      while let entry = try await ledger.entry(RecordAnchor.id(of: log, first: (known.last?.last ?? 0) + 1))?.entry {
        guard let anchor = RecordAnchor(entry), anchor.log.isSame(as: log),
          anchor.first == (known.last?.last ?? 0) + 1, anchor.before == known.last?.after ?? RecordSegment.firstHash
        else {
          throw StoreError(
            .corrupt, "entry \(entry.sequence) is no anchor of \(log) that follows the one before it; verify the ledger"
          )
        }
        known.append(anchor)
      }
      anchors[log] = known
    }
  }

  /// Those of one log, in their order.
  package subscript(log: String) -> [RecordAnchor] { anchors[log, default: []] }

  /// Those of every log, a log after the other.
  var all: some Sequence<RecordAnchor> { anchors.values.joined() }

  /// Adds the next one of its log. O(1).
  mutating func append(_ anchor: RecordAnchor) { anchors[anchor.log, default: []].append(anchor) }
}

extension [RecordAnchor] {
  /// How many records of the log are gone when its first segment follows `hash`; nil when none of these, and not the
  /// beginning, ends there. O(anchors).
  func place(before hash: [UInt8]) -> Int64? {
    if hash == RecordSegment.firstHash { return 0 }
    return last { $0.after == hash }?.last
  }
}
