internal import Core
package import Ledger

/// The ledger as a log of the stream: its entries, and the decisions that made them, each behind its first entry.
///
/// The entry with the sequence n is at 2n, the decision behind it at 2n + 1.
package struct LedgerStreamLog: StreamLog {
  private let ledger: any LedgerStore
  private let limits: StreamLimits

  /// The log of this ledger.
  package init(_ ledger: any LedgerStore, limits: StreamLimits = StreamLimits()) {
    self.ledger = ledger
    self.limits = limits
  }

  /// The log's name in positions: `ledger`.
  package var name: String { "ledger" }
  /// It brings entries, and the decisions with effects.
  package var topics: Set<StreamTopic> { [.ledger, .decisions] }

  /// From the first entry to the last.
  package func bounds() async throws -> (oldest: UInt64, end: UInt64) {
    (0, Self.position(behind: try await ledger.head().sequence))
  }

  /// See ``StreamLog/read(after:limit:)``.
  package func read(after position: UInt64, limit: Int) async throws -> StreamPage {
    // The entry before tells whether the next one is the first of its decision.
    let first = Int64(clamping: position / 2)
    let rows = try await ledger.rows(after: max(first - 2, 0), limit: limit + 2)
    var events: [StreamEvent] = []
    var (key, bytes, next) = ("", 0, position)
    for row in rows {
      guard let stored = row.stored else {
        let behind = Self.position(behind: row.sequence)
        if behind <= position { continue }
        // What can't be read is passed over when it is the next.
        if events.isEmpty { return StreamPage(next: behind, gap: StreamPage.Gap(.damaged, to: behind), isEnd: false) }
        return StreamPage(events, next: next, isEnd: false)
      }
      defer { key = stored.entry.idempotencyKey }
      let place = Self.position(behind: row.sequence)
      if place <= position { continue }
      if place - 1 > position { events.append(Self.event(stored, at: place - 1)) }
      if stored.entry.idempotencyKey != key, let record = try await record(stored.entry.idempotencyKey) {
        events.append(StreamEvent(decision: record, at: place))
      }
      bytes += events.suffix(2).reduce(0) { $0 + $1.bytes.count }
      next = place
      if bytes >= limits.pageBytes { return StreamPage(events, next: next, isEnd: false) }
    }
    return StreamPage(events, next: next, isEnd: rows.count < limit + 2)
  }

  private static func position(behind sequence: Int64) -> UInt64 { 2 * UInt64(clamping: sequence) + 1 }

  private func record(_ key: String) async throws -> [UInt8]? {
    guard let id = Identifier(key) else { return nil }
    return try await ledger.record(id)
  }

  private static func event(_ stored: StoredEntry, at position: UInt64) -> StreamEvent {
    let json = LedgerWire.json(stored, naming: [], now: stored.entry.timestamp)
    return StreamEvent(.ledger, "entry", at: position, bytes: json.bytes)
  }
}
