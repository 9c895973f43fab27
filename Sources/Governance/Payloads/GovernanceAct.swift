internal import Core

/// What is signed beside roots and rulebooks: a veto, an emergency, a statement of freshness.
package struct GovernanceAct: Sendable, Equatable {
  /// What an act does, and to what.
  package enum Action: Sendable, Equatable {
    /// The proposal of this digest never comes into force.
    case veto(proposal: String)
    /// The rulebook of this digest decides again, until the emergency lapses.
    case revert(digest: String)
    /// Decisions at these points are refused; nil refuses whatever has effects.
    case suspend(points: [String]?)
    /// No proposal is activated while it lasts.
    case hold
    /// The rulebook of this digest is the one that is meant to be in force.
    case freshness(digest: String)

    /// `veto`, `revert`, `suspend`, `hold`, `freshness`.
    package var name: String {
      switch self {
      case .veto: "veto"
      case .revert: "revert"
      case .suspend: "suspend"
      case .hold: "hold"
      case .freshness: "freshness"
      }
    }
  }

  /// The kinds of payload.
  package enum Kind: String, Sendable, CaseIterable {
    case veto, emergency, freshness

    package var payloadType: String { "application/vnd.cascade.\(rawValue).v1+json" }

    /// Whose signatures it needs.
    package var role: GovernanceRoot.Role {
      switch self {
      case .veto: .guardian
      case .emergency: .emergency
      case .freshness: .freshness
      }
    }
  }

  package let kind: Kind
  package let realm: String
  /// The sequence of the rulebook in force that the signers saw; nil for a veto, which names a proposal.
  package let sequence: Int64?
  package let action: Action
  package let reason: String
  package let time: Instant
  package let expires: Instant

  /// Reads the payload of `envelope`, which must be of `kind`. Throws `payload_type`, or `malformed` with the member.
  package init(_ envelope: Envelope, _ kind: Kind) throws(GovernanceError) {
    guard envelope.payloadType == kind.payloadType else {
      throw GovernanceError(
        .payloadType, "this place takes the type \(kind.payloadType), got \(envelope.payloadType)")
    }
    let own =
      kind == .veto ? ["proposal"] : kind == .emergency ? ["sequence", "points", "digest"] : ["sequence", "digest"]
    let reader = try PayloadReader(
      envelope.payload, type: kind.rawValue, members: ["realm", "action", "reason", "time", "expires"] + own)
    self.kind = kind
    realm = try reader.realm()
    reason = try reader.text("reason")
    time = try reader.instant("time")
    expires = try reader.instant("expires")
    sequence = kind == .veto ? nil : try reader.integer("sequence", from: 0)
    action = try Self.action(kind, reader)
  }

  private static func action(_ kind: Kind, _ reader: PayloadReader) throws(GovernanceError) -> Action {
    let word = try reader.text("action", limit: 20)
    switch (kind, word) {
    case (.veto, "veto"): return .veto(proposal: try reader.digest("proposal"))
    case (.freshness, "freshness"): return .freshness(digest: try reader.digest("digest"))
    case (.emergency, "revert"): return .revert(digest: try reader.digest("digest"))
    case (.emergency, "hold"): return .hold
    case (.emergency, "suspend"):
      if !reader.has("points") { return .suspend(points: nil) }
      let points = try reader.texts("points", limit: GovernanceLimits.points)
      if points.isEmpty { throw reader.fault("points", "decision points, or null for whatever has effects") }
      return .suspend(points: points)
    default:
      let words = kind == .emergency ? "revert, suspend or hold" : kind.rawValue
      throw reader.fault("action", words)
    }
  }

  /// The payload's bytes for these values.
  package static func payload(
    _ action: Action, realm: String, sequence: Int64, reason: String, time: Instant, expires: Instant
  ) -> (type: String, bytes: [UInt8]) {
    var kind = Kind.emergency
    var object = JSON.Object()
    switch action {
    case .veto: kind = .veto
    case .freshness: kind = .freshness
    case .revert, .suspend, .hold: break
    }
    object.append("_type", .string(kind.rawValue))
    object.append("realm", .string(realm))
    if kind != .veto { object.append("sequence", .integer(sequence)) }
    object.append("action", .string(action.name))
    switch action {
    case .veto(let proposal): object.append("proposal", .string(proposal))
    case .revert(let digest), .freshness(let digest): object.append("digest", .string(digest))
    case .suspend(let points): object.append("points", points.map { .array($0.map { .string($0) }) } ?? .null)
    case .hold: break
    }
    object.append("reason", .string(reason))
    object.append("time", .string(time.text))
    object.append("expires", .string(expires.text))
    return (kind.payloadType, JSON.object(object).bytes)
  }
}
