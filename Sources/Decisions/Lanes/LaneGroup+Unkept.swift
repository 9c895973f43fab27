package import Core
internal import LuaRuntime
internal import NIOCore
internal import Rulebook

/// A decision that left no record by itself.
package struct UnkeptDecision: Sendable {
  /// What it came to.
  package var decided: Decided
  /// Its record, for who wants to keep it.
  package var record: RecordedDecision
}

extension LaneGroup {
  /// Makes a decision without effects and host calls, whatever records are kept, on the first lane. Waits for at most
  /// what that is at.
  package func decideUnkept(
    _ point: String, _ input: JSON, requester: String
  ) async throws(DecisionFailure) -> UnkeptDecision {
    guard let place = places.first else { throw .unavailable("the host has no lanes") }
    let result: Result<UnkeptDecision, DecisionFailure>
    do {
      result = try await place.loop.submit { Self.decide(point, input, requester, place.lane.value) }.get()
    } catch {
      throw .unavailable("the host is stopping")
    }
    return try result.get()
  }

  private static func decide(
    _ point: String, _ input: JSON, _ requester: String, _ lane: Lane
  ) -> Result<UnkeptDecision, DecisionFailure> {
    guard let entry = lane.decision(named: point) else { return .failure(.notOffered(point)) }
    if entry.hasEffects { return .failure(.unavailable("'\(point)' has effects, and must be kept", retrySeconds: nil)) }
    let made = input.bytes.withUnsafeBytes { lane.decide(entry, input: $0, isEnveloped: false) }
    func failed(_ failure: LuaFailure) -> Result<UnkeptDecision, DecisionFailure> {
      .failure(DecisionFailure(failure, id: made.id, generation: made.generation, cost: made.outcome.cost))
    }
    switch made.outcome.ending {
    case .failure(let failure): return failed(failure)
    case .fetch: return failed(.notHeld("the host does not hold what the rule asked"))
    case .result(let bytes):
      let decided = Decided(id: made.id, generation: made.generation, printed: Array(bytes))
      var record = RecordedDecision(
        id: made.id, point: point, generation: made.generation, digest: lane.generation.digest, input: input)
      record.result = try? JSON(parsing: decided.printed, limits: RecordLimits.parsing)
      record.fuel = made.outcome.cost.fuel
      record.nanoseconds = made.outcome.cost.nanoseconds
      record.nowMilliseconds = made.outcome.nowMilliseconds
      record.timeMilliseconds = made.id.milliseconds
      record.requester = requester
      return .success(UnkeptDecision(decided: decided, record: record))
    }
  }
}
