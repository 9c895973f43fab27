package import Core
package import LuaRuntime
package import NIOCore
package import Rulebook

/// Waits until the system has the records of a turn before it tells anybody what was decided.
package protocol RecordWaiter: AnyObject {
  /// The records are the system's; or they can't be kept, and what was decided must not be told.
  func recordsAreKept(_ areKept: Bool)
}

/// Takes down the decisions of one lane: stands between the lane and what answers its host calls, and joins the records
/// of a turn of the loop, which are written together. Confined to the lane's loop.
///
/// For each decision: ``begin()``, then decide with this as the handler, then
/// ``note(_:entry:generation:input:isEnveloped:requester:request:trace:)``; and nobody is told before ``write()`` or,
/// at the end of the turn, ``tell(_:on:)``. While ``mayGoOn`` is false, decide nothing.
package final class LaneRecorder: HostCallHandler {
  /// What is told whoever asks for a decision that can't be recorded.
  package static let problem = "decisions can't be recorded now; try again"

  /// Where the records go.
  private let log: LaneLog
  private let policy: RecordPolicy
  private let reads: any HostCallHandler
  /// The reads as the decision under way sees them; nil before its first call.
  private var pinnedReads: (any HostCallHandler)?
  private var frames = RecordFrames()
  private var joiner = RecordJoiner()
  private var calls: [(call: Int, arguments: [UInt8], answer: HostAnswer)] = []
  private var waiters: [any RecordWaiter] = []
  private var isScheduled = false
  private var keepsNext = false
  private var untilSample = 0

  /// A recorder whose decisions are answered by `reads`.
  package init(policy: RecordPolicy, log: LaneLog, reads: any HostCallHandler) {
    self.policy = policy
    self.log = log
    self.reads = reads
  }

  /// The next decision begins; decides whether it is kept.
  package func begin() {
    switch policy {
    case .all: keepsNext = true
    case .effects: keepsNext = false
    case .sample(let every):
      keepsNext = untilSample == 0
      untilSample = keepsNext ? every - 1 : untilSample - 1
    }
    if !calls.isEmpty { calls.removeAll(keepingCapacity: true) }
    pinnedReads = nil
  }

  /// Answers as the reads do, and keeps the answer when the decision is kept.
  package func answer(call: Int, arguments: [UInt8]) -> HostAnswer {
    let pinned = pinnedReads ?? reads.pinned()
    pinnedReads = pinned
    let answer = pinned.answer(call: call, arguments: arguments)
    if keepsNext { calls.append((call, arguments, answer)) }
    return answer
  }

  /// Takes down what was decided. O(bytes).
  package func note(
    _ made: LaneDecision, entry: LaneEntry, generation: Generation, input: UnsafeRawBufferPointer, isEnveloped: Bool,
    requester: String, request: RequestID? = nil, trace: TraceContext? = nil
  ) {
    if !keepsNext { return }
    joiner.join(
      RecordParts(
        made: made, entry: entry, digest: generation.digest, input: input, isEnveloped: isEnveloped,
        requester: requester, request: request, trace: trace, calls: calls),
      into: &frames)
  }

  /// Whether there are records that the system doesn't have yet.
  package var isPending: Bool { !frames.isEmpty }

  /// Whether the lane may decide: false for a moment after records couldn't be kept.
  package var mayGoOn: Bool { log.mayAppend }

  /// Tells `waiter` at the end of this turn of `loop`, which is the lane's, when the records of the turn are written.
  package func tell(_ waiter: any RecordWaiter, on loop: any EventLoop) {
    waiters.append(waiter)
    if isScheduled { return }
    isScheduled = true
    let bound = NIOLoopBound(self, eventLoop: loop)
    loop.execute {
      bound.value.isScheduled = false
      _ = bound.value.write()
    }
  }

  /// Writes the records of the turn, and tells who waits for it; false when it can't be kept. O(bytes).
  @discardableResult
  package func write() -> Bool {
    var areKept = true
    if !frames.isEmpty {
      do throws(StoreError) { try log.append(&frames) } catch { areKept = false }
      frames.removeAll()
    }
    if waiters.isEmpty { return areKept }
    let told = waiters
    waiters.removeAll(keepingCapacity: true)
    for waiter in told { waiter.recordsAreKept(areKept) }
    return areKept
  }
}
