internal import Core

/// One row of the data: two citizens with their trust and strength. The order of the two has no meaning.
package struct Relationship: Sendable, Equatable {
  /// The username of one citizen.
  package let citizen1: String
  /// The username of the other; the graph drops a loop, where both are the same.
  package let citizen2: String
  /// The trust in [0, 100]; nil when not recorded.
  package let trust: Double?
  /// The strength in [0, 100]; 0 when not recorded.
  package let strength: Double
  /// The date of the last interaction as the source writes it; compared bytewise, empty is oldest.
  package let lastInteraction: String

  /// Throws `invalid_relationship` for an empty name, a name longer than ``GraphLimits/nameBytes``, and a score outside
  /// [0, 100].
  package init(
    _ citizen1: String, _ citizen2: String, trust: Double?, strength: Double? = nil, lastInteraction: String = ""
  ) throws(GraphError) {
    if citizen1.isEmpty || citizen2.isEmpty {
      throw GraphError(.invalidRelationship, "a citizen's name is empty")
    }
    if max(citizen1.utf8.count, citizen2.utf8.count) > GraphLimits.nameBytes {
      throw GraphError(.invalidRelationship, "a citizen's name has over \(GraphLimits.nameBytes) bytes")
    }
    if lastInteraction.utf8.count > GraphLimits.momentBytes {
      throw GraphError(.invalidRelationship, "lastInteraction has over \(GraphLimits.momentBytes) bytes")
    }
    try Self.check(trust, "trust")
    try Self.check(strength, "strength")
    self.init(checked: citizen1, citizen2, trust, strength ?? 0, lastInteraction)
  }

  /// Whether both are the same to the byte.
  package static func == (left: Relationship, right: Relationship) -> Bool {
    left.citizen1.isSame(as: right.citizen1) && left.citizen2.isSame(as: right.citizen2) && left.trust == right.trust
      && left.strength == right.strength && left.lastInteraction.isSame(as: right.lastInteraction)
  }

  private static func check(_ score: Double?, _ name: String) throws(GraphError) {
    if let score, !TrustScale.range.contains(score) {
      throw GraphError(.invalidRelationship, "\(name) \(score) is outside 0 to 100")
    }
  }

  init(checked citizen1: String, _ citizen2: String, _ trust: Double?, _ strength: Double, _ last: String) {
    self.citizen1 = citizen1
    self.citizen2 = citizen2
    self.trust = trust
    self.strength = strength
    lastInteraction = last
  }
}
