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
  /// The code that opens the console; nil when standard output is no terminal, as a log must not get it.
  private let code: String?
  private let status: RulebookStatus
  private let bound = Mutex(Bound())

  /// Makes a code for the console when standard output is a terminal. Throws when it can't be kept.
  init(settings: ServeSettings, status: RulebookStatus, console: ConsoleAccess) async throws {
    self.settings = settings
    self.status = status
    code = isatty(STDOUT_FILENO) == 1 ? try await console.makeCode() : nil
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
    if let code {
      lines.append("Console   \(settings.api.link(bound: api))/console#code=\(code)   (once, for 5 minutes)")
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
