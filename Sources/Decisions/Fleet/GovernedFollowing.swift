internal import Governance
package import Logging
package import Rulebook

/// A host that follows the others of its fleet as far as governance lets it: what the store says decides only where it
/// is what holders signed.
///
/// A step of governance is in the chain before the generation that it justifies is in the store; so a host reads the
/// chain anew for every generation, and what isn't in force by it, nobody signed, or is past. The host decides on by
/// what is in force, under a later number, which the others follow.
package struct GovernedFollowing: FleetFollowing {
  private let host: Host
  private let book: GovernanceBook
  private let logger: Logger

  /// The host, and its own view of the chain.
  package init(_ host: Host, _ book: GovernanceBook, logger: Logger) {
    self.host = host
    self.book = book
    self.logger = logger
  }

  /// Loads the rulebook; that alone has it decide nothing. Throws why it can't be loaded.
  package func stage(_ digest: String) async throws(RulebookRejected) { try await host.stage(digest) }

  /// Decides by what was activated where that is in force; the number of the generation that decides then. Throws when
  /// the chain can't be read, and why a rulebook can't be loaded; then nothing has changed.
  package func follow(_ activation: RulebookActivation) async throws(RulebookRejected) -> Int {
    guard let wanted = try await inForce(), wanted != activation.digest else {
      return try await host.follow(activation)
    }
    logger.critical(
      """
      generation \(activation.number) in the store is the rulebook \(activation.digest), which isn't in force under \
      governance: \(wanted) decides on
      """)
    return try await host.insist(on: wanted)
  }

  private func inForce() async throws(RulebookRejected) -> String? {
    do {
      return try await book.inForceNow()
    } catch {
      throw RulebookRejected([
        RulebookError(.storage, message: "it can't be told what governance has in force: \(error)")
      ])
    }
  }
}
