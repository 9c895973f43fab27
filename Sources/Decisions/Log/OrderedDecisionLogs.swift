package import Core

/// Logs of decisions of many hosts that can be followed, each in its order.
package protocol OrderedDecisionLogs: Sendable {
  /// The place of the last record of each log, by the log's name. O(logs).
  func ends() async throws(StoreError) -> [String: Int64]
  /// The place of the oldest record that is kept of a log; nil when none is. O(log records).
  func first(of log: String) async throws(StoreError) -> Int64?
  /// The records of a log behind this place, in order, at most `limit`. O(limit · log records).
  func records(of log: String, after sequence: Int64, limit: Int) async throws(StoreError) -> [LoggedRecord]
}
