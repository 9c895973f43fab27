internal import Synchronization

/// What the parts of a platform asked of one another, and how the last call to each ended.
package final class CallTally: Sendable {
  private struct Seen {
    var calls: Set<SelfCall> = []
    /// Why the last call of each kind failed; nil in it when it didn't.
    var problems: [SelfCall: String?] = [:]
    /// Who called each part last.
    var callers: [String: SelfCall] = [:]
  }

  private let seen = Mutex(Seen())

  /// A tally in which nobody has called anybody.
  package init() {}

  /// Notes that a call ended; `problem` says why it failed through the fault of the part that was called.
  package func note(_ call: SelfCall, problem: String?) {
    seen.withLock { seen in
      seen.calls.insert(call)
      seen.problems.updateValue(problem, forKey: call)
      seen.callers[call.to] = call
    }
  }

  /// Makes a call and notes how it ended; `problem` tells which errors are the fault of the part that was called.
  package func observe<Value: Sendable, Failure: Error>(
    _ call: SelfCall, problem: (Failure) -> String?, _ work: () async throws(Failure) -> Value
  ) async throws(Failure) -> Value {
    do throws(Failure) {
      let value = try await work()
      note(call, problem: nil)
      return value
    } catch {
      note(call, problem: problem(error))
      throw error
    }
  }

  /// Who called whom since this was asked last, sorted. O(calls · log(calls)).
  package func take() -> [SelfCall] {
    seen.withLock { seen in
      defer { seen.calls.removeAll(keepingCapacity: true) }
      return seen.calls.sorted()
    }
  }

  /// Why the last call of this kind failed; nil when it didn't, or there was none.
  package func problem(of call: SelfCall) -> String? { seen.withLock { $0.problems[call] ?? nil } }

  /// A part as the last call to it left it; nil when nobody called it.
  package func component(_ name: String) -> SelfReading.Component? {
    guard let last = seen.withLock({ $0.callers[name] }) else { return nil }
    let problem = problem(of: last)
    return .init(name, isHealthy: problem == nil, problem: problem)
  }
}
