import Console
import Decisions
import Glibc
import NIOCore
import Synchronization

/// The lines that a host prints once, after it bound both ports.
final class Welcome: Sendable {
  private struct Bound {
    var api: Int?
    var decisions: Int?
  }

  private let settings: ServeSettings
  private let console: ConsoleAccess
  private let status: RulebookStatus
  private let bound = Mutex(Bound())

  init(settings: ServeSettings, status: RulebookStatus, console: ConsoleAccess) {
    self.settings = settings
    self.console = console
    self.status = status
  }

  func apiIsBound(_ address: SocketAddress) { note { $0.api = address.port } }

  func decisionPortIsBound(_ address: SocketAddress) { note { $0.decisions = address.port } }

  private func note(_ change: (inout Bound) -> Void) {
    let complete: Bound? = bound.withLock { bound in
      change(&bound)
      return bound.api != nil && bound.decisions != nil ? bound : nil
    }
    guard let complete, let api = complete.api, let decisions = complete.decisions else { return }
    let count = status.plugins.reduce(0) { $0 + $1.decisions.count }
    var lines = [
      "Generation \(status.generation) of \(settings.rulebook): \(count) decisions of \(status.plugins.count) plugins "
        + "on \(status.lanes) lanes (\(status.digest.prefix(19))…)",
      "API       \(settings.api.link(bound: api))   (try /v1/rulebook, /metrics, /openapi.json)",
      "Decisions \(settings.decisions.link(bound: decisions))",
    ]
    // Print the code only to a terminal, never to a log.
    if isatty(STDOUT_FILENO) == 1 {
      lines.append(
        "Console   \(settings.api.link(bound: api))/console#code=\(console.makeCode())   (once, for 5 minutes)")
    }
    if settings.isDemo {
      lines.append("Demo: sample citizens and their trust stand in for the network.")
      lines.append(
        "Sign in as one of them: cascade token enrol NAME --key KEY.pub; "
          + "Sources/cascade/Documentation.docc/SigningIn.md has the next steps.")
    }
    if settings.watches { lines.append("Watching: save a rule, and the next decision is made by it.") }
    lines.append(
      "Try: curl -s \(settings.decisions.link(bound: decisions))/v1/decisions/tier.assign "
        + "-d '{\"input\":{\"social_class\":\"Nobili\"}}'")
    Output.write(lines.joined(separator: "\n") + "\n")
    StartupCode.release()
  }
}
