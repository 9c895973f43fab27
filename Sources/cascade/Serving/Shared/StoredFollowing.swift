import Server
import ServiceLifecycle

/// Looks for what all hosts have stored of their decisions, while somebody reads the stream.
struct StoredFollowing: Service {
  /// How long a stored decision may lie before the stream tells it.
  static let interval = Duration.milliseconds(250)

  let hub: StreamHub

  func run() async throws {
    for await _ in AsyncTimer(interval: Self.interval).cancelOnGracefulShutdown() where hub.hasReaders {
      // A store that is away is told by whoever stores records; its readers wait.
      try? await hub.look()
    }
  }
}
