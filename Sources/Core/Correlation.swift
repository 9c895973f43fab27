internal import Synchronization

/// What names one request wherever it leaves a trace: in its answer, in the log, in records, and towards those who are
/// asked on its behalf.
///
/// Who serves a request makes it the task's ``current`` one; who logs, records or asks others reads it from there.
package final class Correlation: Sendable {
  /// That of the request which is being served; nil for what the host does of itself.
  @TaskLocal package static var current: Correlation?

  /// The request's id; nil when it brought none and got none.
  package let id: RequestID?
  private let received: TraceContext?
  private let name = Mutex<String?>(nil)

  /// A request of this id, which was part of the trace that it `received`; of a caller whom nobody knows yet.
  package init(id: RequestID?, received: TraceContext?) {
    self.id = id
    self.received = received
  }

  /// Who asks, as records name them; nil for anybody.
  package var caller: String? { name.withLock { $0 } }

  /// The trace as it goes on: whether it is sampled is for callers to say whom the host knows.
  package var trace: TraceContext? { caller == nil ? received?.unsampled : received }

  /// From now on the caller is known.
  package func identify(as caller: String) { name.withLock { $0 = caller } }

  /// What stands in each line of the log, by name. O(1).
  package var members: [(name: String, value: String)] {
    [("request", id?.description), ("trace", trace?.description)].compactMap { name, value in
      value.map { (name, $0) }
    }
  }
}
