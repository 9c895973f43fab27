import Citizens
import Cryptography
import Logging
import StandIns
import Synchronization

@testable import Venice

/// A stand-in for Venice, a client that asks it, and time that only a test moves.
struct VeniceFixture {
  let venice: StandInVenice
  let client: VeniceClient
  private let time = ManualInstant()

  init(key: String? = nil, limits: VeniceLimits = VeniceLimits()) async throws {
    venice = try await StandInVenice()
    let transport = try HTTPTransport(
      baseURL: venice.baseURL, key: key.map { Secret($0.utf8) }, limits: limits)
    let time = time
    client = VeniceClient(transport, limits: limits, logger: quiet) { time.now }
  }

  /// Lets time pass.
  func advance(_ duration: Duration) { time.advance(duration) }

  /// Ends client and server.
  func stop() async {
    await client.close()
    await venice.stop()
  }
}

let quiet = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }

/// A clock that stands still unless moved.
final class ManualInstant: Sendable {
  private let instant = Mutex(ContinuousClock.now)

  var now: ContinuousClock.Instant { instant.withLock { $0 } }
  func advance(_ duration: Duration) { instant.withLock { $0 += duration } }
}

extension CitizenLookup {
  var citizen: Citizen? { if case .citizen(let citizen) = self { citizen } else { nil } }
  var reason: String? { if case .unavailable(let why) = self { why.reason } else { nil } }
}
