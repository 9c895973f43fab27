package import Core
package import LuaRuntime
package import Rulebook

/// Decides on one event loop, without a lock: a generation and a machine of its own.
///
/// Confined to its loop; nothing here may be touched from elsewhere.
package final class Lane {
  /// Its place among the lanes, from 0.
  package let number: Int
  /// The generation that decides.
  package private(set) var generation: Generation

  /// Answers the host calls of the lane's decisions.
  let reads: any HostCallHandler & Sendable
  /// Records the lane's decisions; nil when they aren't recorded.
  package var recorder: LaneRecorder?

  private var counted = LaneStatistics()
  /// What was counted since the generation came, by the decision's number.
  private var points: [PointStatistics]
  private var machine: VirtualMachine
  private var entries: [String: LaneEntry]
  private var identifiers = IdentifierGenerator()
  private let limits: RunLimits
  /// Says whether the generation still decides on all hosts; nil for a host by itself.
  private let lease: HostLease?
  /// Whether another generation may decide elsewhere by now, as ``mayDecide()`` found it.
  package private(set) var isStale = false
  /// A limit stopped the machine; the next decision is made by another.
  private var machineIsSpent = false
  /// What takes the machine's place when a limit stops it, made elsewhere.
  private var spare: VirtualMachine?
  /// Has a spare machine of a generation made off the lane, and offered to it.
  var orderSpare: ((Generation) -> Void)?
  /// Whether a spare machine stands by: from the first time on that a limit stopped one.
  package var hasSpare: Bool { spare != nil }

  /// A lane that decides by `generation` on `machine`, which that generation made, while the `lease` allows it.
  /// `reads` answers host calls.
  package init(
    number: Int, generation: Generation, machine: VirtualMachine, limits: RunLimits,
    reads: any HostCallHandler & Sendable = HostReads(), lease: HostLease? = nil
  ) {
    self.number = number
    self.generation = generation
    self.machine = machine
    self.limits = limits
    self.reads = reads
    self.lease = lease
    entries = Self.entries(of: generation)
    points = Array(repeating: PointStatistics(), count: generation.decisions.count)
  }

  /// The counts since the lane began. O(decisions).
  package var statistics: LaneStatistics {
    var statistics = counted
    for (decision, point) in zip(generation.decisions, points) { statistics.add(point, of: decision.name) }
    return statistics
  }

  private static func entries(of generation: Generation) -> [String: LaneEntry] {
    let entries = generation.decisions.enumerated().map { number, decision in
      LaneEntry(
        number: number, name: decision.name, hasEffects: decision.hasEffects,
        needsOperator: decision.needsOperator, generation: generation.number,
        subject: Array(decision.subjectField.utf8))
    }
    return Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }
  }

  /// Goes on with another generation: every later decision is made by it.
  package func install(_ generation: Generation, machine: VirtualMachine) {
    counted = statistics
    points = Array(repeating: PointStatistics(), count: generation.decisions.count)
    self.generation = generation
    self.machine = machine
    spare = nil
    machineIsSpent = false
    entries = Self.entries(of: generation)
  }

  /// Takes a machine that was ordered; one of a generation that is over is of no use.
  func offer(_ machine: VirtualMachine, of generation: Generation) {
    if generation.number == self.generation.number { spare = machine }
  }

  /// A decision of the current generation; nil when no plugin offers it. O(length).
  package func decision(named point: String) -> LaneEntry? { entries[point] }

  /// Whether the host may decide now; what is decided next says whether it may be stale. Asked before each decision, or
  /// before a few that take no longer than a turn. O(1).
  package func mayDecide() -> Bool {
    guard let lease else { return true }
    let standing = lease.standing
    isStale = standing != .held
    return standing != .over
  }

  /// Makes one decision that has no effects; an `entry` of another generation is `unknown_decision`. One that isn't
  /// counted shows in no statistics.
  package func decide(
    _ entry: LaneEntry, input: UnsafeRawBufferPointer, isEnveloped: Bool, handler: (any HostCallHandler)? = nil,
    id: Identifier? = nil, isCounted: Bool = true
  ) -> LaneDecision {
    let id = id ?? identifiers.next()
    if machineIsSpent { replaceMachine() }
    // A number no machine knows: the machine says so.
    let number = entry.generation == generation.number ? entry.number : Int(UInt32.max)
    let request = RunRequest(decision: number, isEnveloped: isEnveloped, id: id, limits: limits)
    let outcome = machine.decide(request, input: input, handler: handler)
    if isCounted {
      count(outcome, of: number)
    }
    // Not replaced yet: a result's bytes are the machine's own.
    machineIsSpent = outcome.isSpent
    if machineIsSpent, spare == nil { orderSpare?(generation) }
    return LaneDecision(id: id, generation: generation.number, isStale: isStale, outcome: outcome)
  }

  /// As ``decide(_:input:isEnveloped:handler:id:isCounted:)`` with the lane's reads, and records it when there is a
  /// recorder: `requester` asked, by the request of this id, as part of the `trace`.
  package func decideOnRecord(
    _ entry: LaneEntry, input: UnsafeRawBufferPointer, isEnveloped: Bool, requester: String = "",
    request: RequestID? = nil, trace: TraceContext? = nil
  ) -> LaneDecision {
    guard let recorder else { return decide(entry, input: input, isEnveloped: isEnveloped, handler: reads) }
    recorder.begin()
    let made = decide(entry, input: input, isEnveloped: isEnveloped, handler: recorder)
    recorder.note(
      made, entry: entry, generation: generation, input: input, isEnveloped: isEnveloped, requester: requester,
      request: request, trace: trace)
    return made
  }

  /// The id for a failure that no run stands behind.
  package func nextIdentifier() -> Identifier { identifiers.next() }

  /// Counts a failure that no run stands behind: an unknown decision, a forbidden one.
  package func countFailure(_ code: DecisionErrorCode) {
    counted.count(nanoseconds: 0, fuel: 0, code: code)
  }

  private func count(_ outcome: Outcome, of number: Int) {
    var code: DecisionErrorCode?
    if case .failure(let failure) = outcome.ending { code = failure.code }
    counted.count(nanoseconds: outcome.cost.nanoseconds, fuel: outcome.cost.fuel, code: code)
    if number < points.count { points[number].count(nanoseconds: outcome.cost.nanoseconds, code: code) }
  }

  private func replaceMachine() {
    // It was made before, so it can be made again unless memory is short; then the next decision tries. That takes
    // milliseconds, and more where files compute something when they load: a spare is there at once.
    guard let fresh = try? spare ?? generation.makeMachine() else { return }
    if spare != nil { orderSpare?(generation) }
    spare = nil
    machine = fresh
    machineIsSpent = false
    counted.replacedMachines += 1
  }
}
