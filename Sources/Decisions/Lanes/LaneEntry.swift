package import Core
package import LuaRuntime

/// A decision as a lane looks it up.
package struct LaneEntry: Sendable {
  /// Its number in every machine of the generation.
  package var number: Int
  /// The decision's name: `tier.assign`
  package var name: String
  /// Whether it may leave something behind when it commits.
  package var hasEffects: Bool
  /// Whether only operators may ask for it over the decision port.
  package var needsOperator: Bool
  /// The generation it is a decision of; the number means nothing in another.
  package var generation: Int
  /// The name of the input's field that holds its subject.
  package var subject: [UInt8]
}

/// One decision as a lane made it. The ending's bytes are valid until the lane's next decision.
@safe package struct LaneDecision {
  /// The id under which it is recorded.
  package var id: Identifier
  /// The number of the generation that made it.
  package var generation: Int
  /// Whether another generation may have decided elsewhere by then.
  package var isStale = false
  /// How it ended and what it cost.
  package var outcome: Outcome
}
