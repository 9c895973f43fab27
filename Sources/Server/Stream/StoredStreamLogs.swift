internal import Core
package import Decisions
internal import Synchronization

/// The logs of decisions of all hosts that share a store, its own among them, as logs of the stream: every host reads
/// them there, so that a place in one of them is the same at each.
package final class StoredStreamLogs: Sendable {
  private let store: any OrderedDecisionLogs
  private let limits: StreamLimits
  /// Up to where each log is known to be stored.
  private let ends = Mutex<[String: UInt64]>([:])

  /// The logs in this store; of none is anything known before ``look(for:)``.
  package init(_ store: any OrderedDecisionLogs, limits: StreamLimits = StreamLimits()) {
    self.store = store
    self.limits = limits
  }

  /// Looks for what hosts have stored since: a hub follows logs that are new, and its readers hear of more. Throws what
  /// the store throws. O(logs).
  func look(for hub: StreamHub) async throws {
    let now = try await store.ends()
    var isMore = false
    for (name, end) in now where note(UInt64(clamping: end), of: name) { isMore = true }
    hub.add(now.keys.sorted().map { StoredStreamLog(name: $0, logs: self) })
    if isMore { hub.notify() }
  }

  /// Whether that is more than was known.
  private func note(_ end: UInt64, of name: String) -> Bool {
    ends.withLock { ends in
      if let known = ends[name], known >= end { return false }
      ends[name] = end
      return true
    }
  }

  fileprivate func bounds(of name: String) async throws -> (oldest: UInt64, end: UInt64) {
    let end = ends.withLock { $0[name] } ?? 0
    let oldest = try await store.first(of: name).map { UInt64(clamping: $0 - 1) }
    return (min(oldest ?? end, end), end)
  }

  fileprivate func page(of name: String, after position: UInt64, limit: Int) async throws -> StreamPage {
    // Whoever reads at the end doesn't ask the store.
    let end = ends.withLock { $0[name] } ?? 0
    if end <= position { return StreamPage(next: position, isEnd: true) }
    let records = try await store.records(of: name, after: Int64(clamping: position), limit: limit)
    guard let first = records.first else {
      return StreamPage(next: end, gap: StreamPage.Gap(.expired, to: end), isEnd: true)
    }
    let before = UInt64(clamping: first.sequence - 1)
    let gap = before > position ? StreamPage.Gap(.expired, to: before) : nil
    var (events, bytes) = ([StreamEvent](), 0)
    for record in records where bytes < limits.pageBytes {
      events.append(StreamEvent(decision: record.bytes, at: UInt64(clamping: record.sequence)))
      bytes += record.bytes.count
    }
    let next = events.last?.position ?? position
    return StreamPage(events, next: next, gap: gap, isEnd: events.count == records.count && records.count < limit)
  }
}

/// One of them, by the name it is stored under: `HOST/LANE`. The position of a record is its place in the log.
private struct StoredStreamLog: StreamLog {
  let name: String
  let logs: StoredStreamLogs

  var topics: Set<StreamTopic> { [.decisions] }

  func bounds() async throws -> (oldest: UInt64, end: UInt64) { try await logs.bounds(of: name) }

  func read(after position: UInt64, limit: Int) async throws -> StreamPage {
    try await logs.page(of: name, after: position, limit: limit)
  }
}
