internal import Core
package import Decisions

/// One log of decisions without effects as a log of the stream.
package struct RecordStreamLog: StreamLog {
  private let log: FollowedLog
  private let limits: StreamLimits

  /// The stream's view of this log.
  package init(_ log: FollowedLog, limits: StreamLimits = StreamLimits()) {
    self.log = log
    self.limits = limits
  }

  /// As checkpoints call it: `local/0`.
  package var name: String { log.name }
  /// It brings decisions without effects.
  package var topics: Set<StreamTopic> { [.decisions] }

  /// From the oldest record that is kept to the last one that is written.
  package func bounds() async throws -> (oldest: UInt64, end: UInt64) { (try log.beginning(), try log.end()) }

  /// See ``StreamLog/read(after:limit:)``. Waits for the disk.
  package func read(after position: UInt64, limit: Int) async throws -> StreamPage {
    let part = try log.part(after: position, records: limit, bytes: limits.pageBytes)
    let events = part.records.map { StreamEvent(decision: $0.bytes, at: $0.position) }
    let gap = part.restart.map { StreamPage.Gap(part.isExpired ? .expired : .damaged, to: $0) }
    return StreamPage(events, next: part.next, gap: gap, isEnd: part.isEnd)
  }
}
