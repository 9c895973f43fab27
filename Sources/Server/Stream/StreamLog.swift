/// A durable sequence of events that a stream can be resumed in.
///
/// Positions rise with each event and mean something to their log alone; 0 is before the first.
package protocol StreamLog: Sendable {
  /// Its name in cursors: short, and the same on each start.
  var name: String { get }
  /// What its events belong to.
  var topics: Set<StreamTopic> { get }
  /// The position before the oldest event that is kept, and that of the last one.
  func bounds() async throws -> (oldest: UInt64, end: UInt64)
  /// Events after `position` in their order: at most `limit`, and about as many bytes as one page may have.
  func read(after position: UInt64, limit: Int) async throws -> StreamPage
}

/// What a log has after a position.
package struct StreamPage: Sendable {
  /// The events, by position.
  package var events: [StreamEvent] = []
  /// Where to read on: the last event's position, or that of what had to be left out.
  package var next: UInt64
  /// What was left out before the events, and up to where; nil when nothing was.
  package var gap: Gap?
  /// Whether the log had no more when it was read.
  package var isEnd: Bool

  /// Events that were left out.
  package struct Gap: Sendable {
    /// Why they were left out.
    package var reason: StreamGap
    /// Where the log can be read again.
    package var to: UInt64

    /// A gap up to a position.
    package init(_ reason: StreamGap, to position: UInt64) {
      self.reason = reason
      to = position
    }
  }

  /// A page that ends at `next`.
  package init(_ events: [StreamEvent] = [], next: UInt64, gap: Gap? = nil, isEnd: Bool) {
    self.events = events
    self.next = next
    self.gap = gap
    self.isEnd = isEnd
  }
}
