internal import Core
package import Decisions

/// What operators did as a log of the stream.
package struct AuditStreamLog: StreamLog {
  /// The log's name in positions: `audit`, with the name of its host before it where there are several.
  package let name: String
  private let log: AuditLog
  private let limits: StreamLimits

  /// The stream's view of this log, of a host of this name where there are several.
  package init(_ log: AuditLog, host: String? = nil, limits: StreamLimits = StreamLimits()) {
    name = host.map { "\($0)/audit" } ?? "audit"
    self.log = log
    self.limits = limits
  }

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
