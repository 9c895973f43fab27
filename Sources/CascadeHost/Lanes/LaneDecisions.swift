package import Core
package import LuaRuntime
internal import NIOCore
internal import Rulebook
internal import Synchronization

/// What became of a decision that one of the host's own routes asked for.
package enum LaneReply: Sendable, Equatable {
  /// It was decided.
  case decided(JSON, id: Identifier, generation: Int)
  /// It failed.
  case failed(FailedDecision)
  /// No plugin of the generation that serves offers it.
  case notOffered(String)
}

/// Makes decisions without effects on behalf of the host's own routes: on the lanes, in turn.
package final class LaneDecisions: Sendable {
  /// Sees the record of every decision made here.
  package typealias Observer = @Sendable (RecordedDecision) -> Void

  private let lanes: LaneGroup
  private let reads: any HostCallHandler & Sendable
  private let observer: Observer
  private let next = Atomic(0)

  /// Decides on `lanes`, with `reads` to answer host calls.
  package init(
    lanes: LaneGroup, reads: any HostCallHandler & Sendable, observer: @escaping Observer = { _ in }
  ) {
    self.lanes = lanes
    self.reads = reads
    self.observer = observer
  }

  /// Makes the decision named `point` by the generation that serves. Waits for at most what its lane is at.
  package func decide(_ point: String, input: JSON) async -> LaneReply {
    let turn = next.add(1, ordering: .relaxed).oldValue & Int.max
    let place = lanes.places[turn % lanes.places.count]
    do {
      return try await place.loop.submit { self.decide(point, input, on: place.lane.value) }.get()
    } catch {
      return .failed(
        FailedDecision(
          LuaFailure(code: .deadline, message: "the host is stopping"), id: Identifier(high: 0x7000, low: 1 << 63),
          generation: 0, cost: RunCost()))
    }
  }

  private func decide(_ point: String, _ input: JSON, on lane: Lane) -> LaneReply {
    guard let entry = lane.decision(named: point) else { return .notOffered(point) }
    let handler = CallKeeper(reads.pinned())
    let made = input.bytes.withUnsafeBytes { lane.decide(entry, input: $0, isEnveloped: false, handler: handler) }
    var record = RecordedDecision(
      id: made.id, point: point, generation: made.generation, digest: lane.generation.digest, input: input)
    record.calls = handler.calls
    record.fuel = made.outcome.cost.fuel
    record.nanoseconds = made.outcome.cost.nanoseconds
    record.nowMilliseconds = made.outcome.nowMilliseconds
    record.timeMilliseconds = made.id.milliseconds
    switch made.outcome.ending {
    case .failure(let failure): record.failure = failure
    case .fetch: record.failure = LuaFailure(code: .runtime, message: "the host does not hold what the rule asked")
    case .result(let bytes):
      record.result = try? JSON(parsing: bytes, limits: RecordLimits.parsing)
      if record.result == nil {
        record.failure = LuaFailure(code: .invalidOutput, message: "the result can't be read")
      }
    }
    observer(record)
    if let failed = FailedDecision(record) { return .failed(failed) }
    return .decided(record.result ?? .null, id: record.id, generation: record.generation)
  }
}

/// Keeps the host calls of one run with their answers.
private final class CallKeeper: HostCallHandler {
  private(set) var calls: [RecordedCall] = []
  private let reads: any HostCallHandler

  init(_ reads: any HostCallHandler) { self.reads = reads }

  func answer(call: Int, arguments: [UInt8]) -> HostAnswer {
    let answer = reads.answer(call: call, arguments: arguments)
    let given = (try? JSON(parsing: arguments)) ?? .null
    let name = HostCallTable.names.indices.contains(call) ? HostCallTable.names[call] : "?"
    if let recorded = RecordedCall(call: name, arguments: given, answer: answer) { calls.append(recorded) }
    return answer
  }
}
