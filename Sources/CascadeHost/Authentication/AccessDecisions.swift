internal import Core
internal import LuaRuntime
internal import Synchronization

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
  /// The decision `access.grant`.
  var decision: Identifier
}

/// Asks the rules what a citizen may: `tier.assign`, then `access.grant`, both of one generation, both recorded.
struct AccessDecisions: Sendable {
  private struct Made {
    var result: JSON
    var generation: Int
    var id: Identifier
  }

  static let tier = "tier.assign"
  static let access = "access.grant"

  let deciding: any EffectfulDeciding
  /// How often both are asked again because the rules changed between them.
  let reruns: Int

  /// What the rules grant `citizen`, measured at `level`. Throws what the rules or the host have against it.
  func grant(_ citizen: Citizen, level: JSON) async throws(AuthenticationRefusal) -> AccessGrant {
    for _ in 0...reruns {
      let tier = try await decide(Self.tier, Self.tierInput(citizen))
      let input: JSON = [
        "citizen": ["username": .string(citizen.username), "social_class": .string(citizen.socialClass)],
        "measurement": ["level": level], "tier": tier.result["tier"] ?? .null,
        "permissions": tier.result["permissions"] ?? [],
      ]
      let access = try await decide(Self.access, input)
      if tier.generation != access.generation { continue }
      guard let claims = access.result["claims"]?.object,
        let lifetime = access.result["lifetime_seconds"]?.integer, lifetime > 0
      else { throw .unavailable("\(Self.access) gives no 'claims' with a 'lifetime_seconds'") }
      return AccessGrant(
        claims: claims, consciousnessTier: access.result["consciousness_tier"] ?? .null,
        permissions: access.result["permissions"] ?? [], lifetimeSeconds: lifetime, generation: access.generation,
        decision: access.id)
    }
    throw .unavailable("the rules changed again and again while this was decided; try again")
  }

  private static func tierInput(_ citizen: Citizen) -> JSON {
    var input = JSON.Object([("social_class", .string(citizen.socialClass))])
    if let influence = citizen.influence { input.append("influence", influence) }
    if let ducats = citizen.ducats { input.append("ducats", ducats) }
    return .object(input)
  }

  private func decide(_ point: String, _ input: JSON) async throws(AuthenticationRefusal) -> Made {
    var generator = IdentifierGenerator()
    let request = EffectfulRequest(
      point: point, body: (["input": input] as JSON).bytes, key: generator.next(), requester: "authentication")
    switch await deciding.decide(request) {
    case .decided(let bytes, _):
      guard let json = try? JSON(parsing: bytes, limits: RecordLimits.parsing), let result = json["result"],
        let generation = json["generation"]?.integer
      else { throw .unavailable("the decision \(point) can't be read") }
      return Made(result: result, generation: Int(generation), id: request.key)
    case .failed(let failed, _):
      if failed.failure.code == .unknownDecision { throw .missingDecision(point) }
      throw .decision(failed)
    case .keyReused(let sentence), .unavailable(let sentence): throw .unavailable(sentence)
    }
  }
}
