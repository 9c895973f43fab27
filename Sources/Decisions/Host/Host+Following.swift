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

  /// Has the rulebook of this digest decide here and in the store, as a later generation than whatever decides there;
  /// its number. Throws why it can't.
  package func insist(on digest: String) async throws(RulebookRejected) -> Int {
    try await changes.run { () async throws(RulebookRejected) in
      if let prepared = try await self.keeper.prepare(insistingOn: digest) { try await self.install(prepared) }
      return self.generation.number
    }
  }
}
