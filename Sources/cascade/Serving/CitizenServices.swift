import Citizens
import Core
import Decisions
import Logging
import Observability
import Tokens
import Venice

/// The assembled parts of signing in: keys, directory, sessions.
struct CitizenServices: Sendable {
  let authentication: CitizenAuthentication
  private let client: VeniceClient?
  private let tally: CallTally
  /// Venice as the host's model of itself asks it.
  private let probed: ObservedVenice?

  /// Throws for an unusable address of Venice.
  init(
    _ settings: ServeSettings, _ stores: OpenStores, decisions: any Decisions, measurements: any CitizenMeasurements,
    logger: Logger
  ) throws {
    let keys = stores.keys
    tally = stores.tally
    let directory: any CitizenDirectory
    if settings.isDemo {
      client = nil
      probed = nil
      directory = try SampleData.citizens()
    } else {
      let venice = try VeniceAccess.transport()
      probed = ObservedVenice(part: "self", venice: venice, tally: tally)
      let client = VeniceClient(
        ObservedVenice(part: "identity", venice: venice, tally: tally), shared: stores.redis?.cache, logger: logger)
      self.client = client
      directory = client
    }
    authentication = CitizenAuthentication(
      CitizenAuthentication.Ports(
        directory: directory, measurements: measurements,
        decisions: ObservedDecisions(part: "identity", decisions: decisions, tally: tally), enrolled: keys.enrolled,
        minter: TokenMinter(keys.issuer), revoked: keys.revoked, sessions: stores.sessions,
        expiring: stores.expiring),
      logger: logger)
  }

  /// Asks Venice whether it answers, once somebody has asked it something: nobody's host calls it for nothing.
  func probeVenice() async {
    guard let probed, tally.component("venice") != nil else { return }
    _ = try? await probed.get("/citizens/" + Self.nobody)
  }

  /// A name that no citizen has, since it isn't one.
  private static let nobody = "cascade:probe"

  /// How many questions were answered from memory since this was asked last, of how many; nil where nobody asks Venice.
  func takeCacheUse() -> (kept: Int, asked: Int)? { client?.takeCacheUse() }

  /// Closes the connections to Venice.
  func close() async { await client?.close() }
}
