internal import Core
package import Decisions

/// What operators did as a log of the stream.
package struct AuditStreamLog: StreamLog {
  private let log: AuditLog
  private let limits: StreamLimits

  /// The stream's view of this log.
  package init(_ log: AuditLog, limits: StreamLimits = StreamLimits()) {
    self.log = log
    self.limits = limits
  }

  /// The log's name in positions: `audit`.
  package var name: String { "audit" }
  /// It brings the acts of operators.
  package var topics: Set<StreamTopic> { [.audit] }

  /// From the first act on.
  package func bounds() async throws -> (oldest: UInt64, end: UInt64) { try log.bounds() }

  /// See ``StreamLog/read(after:limit:)``. Waits for the disk.
  package func read(after position: UInt64, limit: Int) async throws -> StreamPage {
    let part = try log.part(after: position, acts: limit, bytes: limits.pageBytes)
    let events = part.acts.map { StreamEvent(.audit, "act", at: $0.position, bytes: $0.event.json.bytes) }
    let gap = part.restart.map { StreamPage.Gap(.expired, to: $0) }
    return StreamPage(events, next: part.next, gap: gap, isEnd: part.isEnd)
  }
}
