package import Core

/// What one run cost.
package struct RunCost: Sendable, Hashable {
  /// The cost of the run in units of fuel.
  package var fuel: UInt64 = 0
  /// Wall time in nanoseconds.
  package var nanoseconds: UInt64 = 0
  /// Blocks of memory asked for.
  package var allocations: UInt64 = 0

  /// A cost of these figures.
  package init(fuel: UInt64 = 0, nanoseconds: UInt64 = 0, allocations: UInt64 = 0) {
    self.fuel = fuel
    self.nanoseconds = nanoseconds
    self.allocations = allocations
  }
}

/// One decision to make.
package struct RunRequest: Sendable {
  /// The number ``VirtualMachine/bind(_:)`` or ``VirtualMachine/decision(named:)`` gave.
  package var decision: Int
  /// The bytes are `{"input":…}` rather than the bare input.
  package var isEnveloped = false
  /// The clock for the rule, milliseconds since 1970; nil reads the wall clock when the rule asks.
  package var nowMilliseconds: Int64?
  /// The decision's id, which also seeds `host.random`.
  package var id: Identifier
  /// What it may cost.
  package var limits: RunLimits

  /// A run of `decision`.
  package init(
    decision: Int, isEnveloped: Bool = false, nowMilliseconds: Int64? = nil, id: Identifier,
    limits: RunLimits = RunLimits()
  ) {
    self.decision = decision
    self.isEnveloped = isEnveloped
    self.nowMilliseconds = nowMilliseconds
    self.id = id
    self.limits = limits
  }
}

/// How one run ended.
@safe package struct Outcome {
  /// The ways in which a run ends.
  @safe package enum Ending {
    /// It decided: the result as JSON, valid until the machine's next call.
    case result(UnsafeRawBufferPointer)
    case failure(LuaFailure)
    /// A host call asked for what isn't at hand.
    case fetch
  }

  package var ending: Ending
  package var cost: RunCost
  /// The clock as the rule saw it, milliseconds since 1970; nil when it never looked.
  package var nowMilliseconds: Int64?
  /// The machine must not be used again.
  package var isSpent: Bool
}
