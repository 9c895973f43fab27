internal import Platform
package import Rulebook

extension Host: FleetFollowing {
  /// Loads what another host wants to activate. Throws why it can't be loaded.
  package func stage(_ digest: String) async throws(RulebookRejected) { try await keeper.stage(digest) }

  /// Decides by what another host activated, unless something later decides already; the number of what decides then.
  /// Throws why it can't.
  package func follow(_ activation: RulebookActivation) async throws(RulebookRejected) -> Int {
    try await changes.run { () async throws(RulebookRejected) in
      if activation.number > self.generation.number {
        try await self.install(try await self.keeper.prepare(following: activation))
      }
      return self.generation.number
    }
  }
}
