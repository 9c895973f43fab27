internal import Core
package import LuaRuntime
package import NIOCore
package import Rulebook

/// Takes down the decisions of one lane: stands between the lane and what answers its host calls, collects, and hands
/// over to the log many at once. Confined to the lane's loop.
///
/// For each decision: ``begin()``, then decide with this as the handler, then
/// ``note(_:entry:generation:input:isEnveloped:requester:)``, and before the loop does something else
/// ``handOverSoon(on:)``. Once ``mayGoOn()`` is false, decide nothing more until ``RecordLog/whenRoom(_:)`` calls.
package final class LaneRecorder: HostCallHandler {
  /// Where the records go.
  package let log: RecordLog
  private let policy: RecordPolicy
  private let reads: any HostCallHandler
  /// The reads as the decision under way sees them; nil before its first call.
  private var pinnedReads: (any HostCallHandler)?
  private var batch = RecordBatch()
  private var calls: [(call: Int, arguments: [UInt8], answer: HostAnswer)] = []
  private var keepsNext = false
  private var untilSample = 0
  private var hadRoom: Bool
  /// Whether it will be handed over soon.
  private var isScheduled = false

  /// A recorder whose decisions are answered by `reads`.
  package init(policy: RecordPolicy, log: RecordLog, reads: any HostCallHandler) {
    self.policy = policy
    self.log = log
    self.reads = reads
    hadRoom = log.hasRoom
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

  /// Takes down what was decided. Copies the input and the result. O(bytes).
  package func note(
    _ made: LaneDecision, entry: LaneEntry, generation: Generation, input: UnsafeRawBufferPointer, isEnveloped: Bool,
    requester: String
  ) {
    if !keepsNext { return }
    var record = RecordedDecision(
      id: made.id, point: entry.name, generation: made.generation, digest: generation.digest, input: .null)
    record.fuel = made.outcome.cost.fuel
    record.nanoseconds = made.outcome.cost.nanoseconds
    record.nowMilliseconds = made.outcome.nowMilliseconds
    record.timeMilliseconds = made.id.milliseconds
    record.requester = requester
    var result: UnsafeRawBufferPointer?
    switch made.outcome.ending {
    case .result(let bytes): result = bytes
    case .failure(let failure): record.failure = failure
    case .fetch: record.failure = .notHeld("the host does not hold what the rule asked")
    }
    let item = RecordBatch.Item(
      record: record, calls: calls, isEnveloped: isEnveloped, inputCount: 0, resultCount: 0)
    batch.append(item, input: input, result: result)
  }

  /// Hands over what was taken down in a moment, together with what comes until then; `loop` is the lane's.
  package func handOverSoon(on loop: any EventLoop) {
    if isScheduled || batch.isEmpty { return }
    isScheduled = true
    let bound = NIOLoopBound(self, eventLoop: loop)
    loop.scheduleTask(in: TimeAmount(RecordLimits.handOverDelay)) {
      bound.value.isScheduled = false
      _ = bound.value.handOver()
    }
  }

  /// Whether the lane may decide; hands over when much was taken down.
  package func mayGoOn() -> Bool {
    if batch.weight >= RecordLimits.handOverBytes { return handOver() }
    if !hadRoom { hadRoom = log.hasRoom }
    return hadRoom
  }

  /// Gives what was taken down to the log; false when the lane must wait for room before it decides again.
  package func handOver() -> Bool {
    if batch.isEmpty { return hadRoom }
    let full = batch
    batch = RecordBatch()
    hadRoom = log.take(full)
    return hadRoom
  }
}
