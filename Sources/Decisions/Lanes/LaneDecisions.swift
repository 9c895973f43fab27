internal import Core
internal import LuaRuntime
internal import NIOCore
internal import Rulebook
internal import Synchronization

/// Makes decisions without effects: on the lanes, in turn, and on their record.
package final class LaneDecisions: Decisions {
  private let lanes: LaneGroup
  private let next = Atomic(0)

  /// Asks the lanes in turn.
  package init(_ lanes: LaneGroup) { self.lanes = lanes }

  /// The sum of the lanes' counts.
  var statistics: LaneStatistics { get async { await lanes.statistics() } }

  /// What a lane answers.
  private enum Answer {
    case decided(Decided)
    case failed(DecisionFailure)
    /// The decision has effects.
    case hasEffects
    /// It can't be recorded.
    case unrecorded
  }

  /// Decides on a lane; a decision with effects can't be made here. See ``decideWithoutEffects(_:)``.
  package func decide(_ question: Question) async throws(DecisionFailure) -> Decided {
    if let decided = try await decideWithoutEffects(question) { return decided }
    throw .unavailable("'\(question.point)' has effects, and this host keeps no ledger", retrySeconds: nil)
  }

  /// Decides on a lane; nil when the decision has effects, and then nothing was done. Waits for at most what its lane
  /// is at.
  func decideWithoutEffects(_ question: Question) async throws(DecisionFailure) -> Decided? {
    let turn = next.add(1, ordering: .relaxed).oldValue & Int.max
    let place = lanes.places[turn % lanes.places.count]
    let input: [UInt8]
    let isEnveloped: Bool
    switch question.input {
    case .value(let json): (input, isEnveloped) = (json.bytes, false)
    case .sent(let bytes): (input, isEnveloped) = (bytes, true)
    }
    switch await answer(question, input, isEnveloped, place) {
    case .decided(let decided): return decided
    case .failed(let failure): throw failure
    case .hasEffects: return nil
    case .unrecorded: throw .unavailable(LaneRecorder.problem)
    }
  }

  private func answer(
    _ question: Question, _ input: [UInt8], _ isEnveloped: Bool, _ place: LaneGroup.Place
  ) async -> Answer {
    do {
      return try await place.loop.submit { Self.decide(question, input, isEnveloped, place) }.get()
    } catch {
      return .failed(.unavailable("the host is stopping"))
    }
  }

  private static func decide(
    _ question: Question, _ input: [UInt8], _ isEnveloped: Bool, _ place: LaneGroup.Place
  ) -> Answer {
    let lane = place.lane.value
    if let recorder = lane.recorder, !recorder.mayGoOn { return .unrecorded }
    if !lane.mayDecide() { return .failed(.unavailable(FleetMember.noLease)) }
    if let wanted = question.generation, wanted != lane.generation.number {
      return .failed(.ofAnotherGeneration(lane.generation.number, wanted: wanted))
    }
    guard let entry = lane.decision(named: question.point) else { return .failed(.notOffered(question.point)) }
    if entry.hasEffects { return .hasEffects }
    let made = input.withUnsafeBytes {
      lane.decideOnRecord(
        entry, input: $0, isEnveloped: isEnveloped, requester: question.requester, request: question.request,
        trace: question.trace)
    }
    let answer = answer(made)
    if let recorder = lane.recorder, !recorder.write() { return .unrecorded }
    return answer
  }

  private static func answer(_ made: LaneDecision) -> Answer {
    func failed(_ failure: LuaFailure) -> Answer {
      .failed(
        DecisionFailure(
          failure, id: made.id, generation: made.generation, cost: made.outcome.cost, isStale: made.isStale))
    }
    switch made.outcome.ending {
    case .failure(let failure): return failed(failure)
    case .fetch: return failed(.notHeld())
    case .result(let bytes):
      return .decided(Decided(id: made.id, generation: made.generation, printed: Array(bytes), isStale: made.isStale))
    }
  }
}
