import Decisions
import Platform
import ServiceLifecycle

/// Tells systemd that the host serves, that it works, and that it stops. It works as long as every lane answers.
struct ServiceManagerNotices: Service {
  /// So many signs of life come in the time in which one must.
  private static let signs = 3.0

  let notice: ServiceNotice
  let host: Host

  func run() async throws {
    if let watchdog = notice.watchdog {
      for await _ in AsyncTimer(interval: watchdog / Self.signs).cancelOnGracefulShutdown() {
        // A lane that hangs answers nothing, and then nobody says that the host works.
        _ = await host.lanes.statistics()
        notice.send("WATCHDOG=1")
      }
    } else {
      try? await gracefulShutdown()
    }
    notice.send("STOPPING=1")
  }
}
