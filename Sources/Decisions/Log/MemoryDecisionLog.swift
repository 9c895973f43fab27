package import Core
internal import Synchronization

/// Logs that end with the process.
package final class MemoryDecisionLog: DecisionLog, OrderedDecisionLogs {
  private struct State {
    var logs: [String: (records: [LoggedRecord], end: LogEnd)] = [:]
  }

  private let state = Mutex(State())

  /// An empty store without any log.
  package init() {}

  /// See ``DecisionLog/append(_:to:after:end:)``.
  package func append(
    _ records: [LoggedRecord], to log: String, after before: LogEnd, end: LogEnd
  ) async throws(StoreError) {
    let isDone = state.withLock { state in
      let (known, found) = state.logs[log] ?? ([], LogEnd())
      if found == end { return true }
      guard found == before else { return false }
      state.logs[log] = (known + records, end)
      return true
    }
    if !isDone { throw .logConflict(log) }
  }

  /// See ``DecisionLog/end(of:)``.
  package func end(of log: String) async throws(StoreError) -> LogEnd {
    state.withLock { $0.logs[log]?.end } ?? LogEnd()
  }

  /// See ``DecisionLog/logs()``.
  package func logs() async throws(StoreError) -> [String] {
    state.withLock { $0.logs.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
  }

  /// See ``DecisionLog/entry(_:)``. O(records).
  package func entry(_ id: Identifier) async throws(StoreError) -> [UInt8]? {
    all { $0.id == id }.first?.bytes
  }

  /// See ``DecisionLog/page(before:subject:limit:)``. O(records · log records).
  package func page(
    before id: Identifier?, subject: UInt32?, limit: Int
  ) async throws(StoreError) -> [LoggedRecord] {
    var page: [LoggedRecord] = []
    let wanted = all { record in
      (id.map { record.id < $0 } ?? true) && (subject.map { record.subject == $0 } ?? true)
    }
    for record in wanted where page.count < limit && page.last?.id != record.id { page.append(record) }
    return page
  }

  /// See ``DecisionLog/hash(of:at:)``. O(records).
  package func hash(of log: String, at sequence: Int64) async throws(StoreError) -> [UInt8]? {
    state.withLock { $0.logs[log]?.records.first { $0.sequence == sequence }?.hash }
  }

  /// See ``DecisionLog/verify(_:after:)``.
  package func verify(_ log: String, after anchor: RecordAnchor?) async throws(StoreError) -> LogVerification {
    let (records, end) = state.withLock { $0.logs[log] } ?? ([], LogEnd())
    var verifier = LogVerifier(log, after: anchor)
    for record in records { verifier.take(record) }
    return verifier.finish(at: end)
  }

  /// See ``DecisionLog/old(_:after:before:)``.
  package func old(
    _ log: String, after anchor: RecordAnchor?, before milliseconds: Int64
  ) async throws(StoreError) -> RecordAnchor? {
    var verifier = LogVerifier(log, after: anchor)
    for record in state.withLock({ $0.logs[log]?.records ?? [] }) {
      if try !verifier.take(record, before: milliseconds) { break }
    }
    return verifier.anchor
  }

  /// See ``DecisionLog/remove(_:through:)``. O(records).
  package func remove(_ log: String, through sequence: Int64) async throws(StoreError) {
    state.withLock { $0.logs[log]?.records.removeAll { $0.sequence <= sequence } }
  }

  /// See ``OrderedDecisionLogs/ends()``.
  package func ends() async throws(StoreError) -> [String: Int64] {
    state.withLock { $0.logs.mapValues(\.end.sequence) }
  }

  /// See ``OrderedDecisionLogs/first(of:)``.
  package func first(of log: String) async throws(StoreError) -> Int64? {
    state.withLock { $0.logs[log]?.records.first?.sequence }
  }

  /// See ``OrderedDecisionLogs/records(of:after:limit:)``. O(records).
  package func records(
    of log: String, after sequence: Int64, limit: Int
  ) async throws(StoreError) -> [LoggedRecord] {
    let behind = state.withLock { $0.logs[log]?.records.filter { $0.sequence > sequence } ?? [] }
    return Array(behind.prefix(limit))
  }

  /// The highest id first, and of one id what was made last.
  private func all(_ isWanted: (LoggedRecord) -> Bool) -> [LoggedRecord] {
    state.withLock { $0.logs.values.flatMap(\.records) }.filter(isWanted)
      .sorted { ($0.id, $0.milliseconds) > ($1.id, $1.milliseconds) }
  }
}
