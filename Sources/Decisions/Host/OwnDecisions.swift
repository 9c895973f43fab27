package import Core
package import LuaRuntime
internal import NIOCore
package import Rulebook
internal import Synchronization

/// A decision that left no record by itself.
package struct UnkeptDecision: Sendable {
  /// What it came to.
  package var decided: Decided
  /// Its record, for who wants to keep it.
  package var record: RecordedDecision
}

/// Makes decisions without effects for the host itself, on a machine of its own beside the lanes: they
/// hold up nobody, and aren't counted.
package final class OwnDecisions: Sendable {
  private struct State {
    var machine: VirtualMachine?
    /// The number of the generation that the machine is of.
    var generation = 0
    var identifiers = IdentifierGenerator()
  }

  private let generation: @Sendable () -> Generation
  private let limits: RunLimits
  private let state = Mutex(State())

  /// Decides by the generation that `generation` says, each time it is asked.
  package init(limits: RunLimits = RunLimits(), generation: @escaping @Sendable () -> Generation) {
    self.generation = generation
    self.limits = limits
  }

  /// Makes a decision on a thread of its own, in turn. `reads` answers its host calls; without it there are none.
  package func decide(
    _ point: String, _ input: JSON, requester: String, reads: (any HostCallHandler & Sendable)? = nil
  ) async throws(DecisionFailure) -> UnkeptDecision {
    let generation = generation()
    let result = await LoadingThread.run { [self] in
      state.withLock { Self.decide(point, input, requester, reads, generation, limits, &$0) }
    }
    return try result.get()
  }

  private static func decide(
    _ point: String, _ input: JSON, _ requester: String, _ reads: (any HostCallHandler & Sendable)?,
    _ generation: Generation, _ limits: RunLimits, _ state: inout State
  ) -> Result<UnkeptDecision, DecisionFailure> {
    guard let number = generation.number(of: point) else {
      return .failure(.notOffered(point))
    }
    if generation.decisions[number].hasEffects {
      return .failure(.unavailable("'\(point)' has effects, and must be kept", retrySeconds: nil))
    }
    let id = state.identifiers.next()
    do throws(LuaFailure) {
      if state.machine == nil || state.generation != generation.number {
        (state.machine, state.generation) = (try generation.makeMachine(), generation.number)
      }
    } catch {
      return .failure(DecisionFailure(error, id: id, generation: generation.number, cost: RunCost()))
    }
    guard let machine = state.machine else { return .failure(.notOffered(point)) }
    let request = RunRequest(decision: number, isEnveloped: false, id: id, limits: limits)
    let outcome = input.bytes.withUnsafeBytes { machine.decide(request, input: $0, handler: reads) }
    defer { if outcome.isSpent { state.machine = nil } }
    switch outcome.ending {
    case .failure(let failure):
      return .failure(DecisionFailure(failure, id: id, generation: generation.number, cost: outcome.cost))
    case .fetch:
      let failure = LuaFailure.notHeld()
      return .failure(DecisionFailure(failure, id: id, generation: generation.number, cost: outcome.cost))
    case .result(let bytes):
      let decided = Decided(id: id, generation: generation.number, printed: Array(bytes))
      var record = RecordedDecision(
        id: id, point: point, generation: generation.number, digest: generation.digest, input: input)
      record.result = try? JSON(parsing: decided.printed, limits: RecordLimits.parsing)
      record.fuel = outcome.cost.fuel
      record.nanoseconds = outcome.cost.nanoseconds
      record.nowMilliseconds = outcome.nowMilliseconds
      record.timeMilliseconds = id.milliseconds
      record.requester = requester
      return .success(UnkeptDecision(decided: decided, record: record))
    }
  }
}

extension LaneGroup {
  /// Has every lane make a decision that needs no input, without a record and without counting it: why the first one
  /// fails that does; nil when none does. Waits for what the lanes are at.
  package func problem(deciding point: String) async -> String? {
    for place in places {
      do {
        let problem = try await place.loop.submit { place.lane.value.problem(deciding: point) }.get()
        if let problem { return problem }
      } catch {
        return "the lanes have stopped"
      }
    }
    return nil
  }
}

extension Lane {
  fileprivate func problem(deciding point: String) -> String? {
    guard let entry = decision(named: point) else { return "no plugin offers '\(point)'" }
    let made = Array("{}".utf8).withUnsafeBytes { decide(entry, input: $0, isEnveloped: false, isCounted: false) }
    if case .failure(let failure) = made.outcome.ending { return failure.message }
    return nil
  }
}
