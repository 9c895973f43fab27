internal import Core
internal import Decisions

/// What the rules grant a citizen.
struct AccessGrant: Sendable {
  /// What the token says.
  var claims: JSON.Object
  /// `consciousness_tier`, as the rule gave it.
  var consciousnessTier: JSON
  /// The permissions, as the rule gave them.
  var permissions: JSON
  /// How long the token speaks.
  var lifetimeSeconds: Int64
  /// The generation that granted it.
  var generation: Int
  /// The id of the decision `access.grant`, under which its record is found.
  var decision: Identifier
}

/// Asks the rules what a citizen may: `tier.assign`, then `access.grant`, both of one generation, both recorded.
struct AccessDecisions: Sendable {
  static let tier = "tier.assign"
  static let access = "access.grant"

  let decisions: any Decisions
  /// How often both are asked again because the rules changed between them.
  let reruns: Int

  /// What the rules grant `citizen`, measured at `level`. Throws what the rules or the host have against it.
  func grant(_ citizen: Citizen, level: JSON) async throws(DecisionFailure) -> AccessGrant {
    for _ in 0...reruns {
      let tier = try await decide(Self.tier, Self.tierInput(citizen))
      let permissions = try tier.result()
      let input: JSON = [
        "citizen": ["username": .string(citizen.username), "social_class": .string(citizen.socialClass)],
        "measurement": ["level": level], "tier": permissions["tier"] ?? .null,
        "permissions": permissions["permissions"] ?? [],
      ]
      do throws(DecisionFailure) {
        return try Self.grant(try await decide(Self.access, input, generation: tier.generation))
      } catch {
        if !error.isOfAnotherGeneration { throw error }
      }
    }
    throw .unavailable("the rules changed again and again while this was decided; try again")
  }

  private static func grant(_ access: Decided) throws(DecisionFailure) -> AccessGrant {
    let result = try access.result()
    guard let claims = result["claims"]?.object, let lifetime = result["lifetime_seconds"]?.integer, lifetime > 0
    else {
      throw .unavailable("\(Self.access) gives no 'claims' with a 'lifetime_seconds'")
    }
    return AccessGrant(
      claims: claims, consciousnessTier: result["consciousness_tier"] ?? .null,
      permissions: result["permissions"] ?? [], lifetimeSeconds: lifetime, generation: access.generation,
      decision: access.id)
  }

  private static func tierInput(_ citizen: Citizen) -> JSON {
    var input = JSON.Object([("social_class", .string(citizen.socialClass))])
    if let influence = citizen.influence { input.append("influence", influence) }
    if let ducats = citizen.ducats { input.append("ducats", ducats) }
    return .object(input)
  }

  private func decide(
    _ point: String, _ input: JSON, generation: Int? = nil
  ) async throws(DecisionFailure) -> Decided {
    try await decisions.decide(
      Question(point, .value(input), requester: "authentication", generation: generation))
  }
}
