import Console
import Decisions
import Glibc
import NIOCore
import Platform
import Synchronization

/// The lines that a host prints once, after it bound both ports.
final class Welcome: Sendable {
  private struct Bound {
    var api: SocketAddress?
    var decisions: SocketAddress?
  }

  private let settings: ServeSettings
  /// The code that opens the console; nil when standard output is no terminal, as a log must not get it.
  private let code: String?
  private let status: RulebookStatus
  private let question: ExampleQuestion?
  private let bound = Mutex(Bound())
  private let notice: ServiceNotice?

  /// Makes a code for the console when standard output is a terminal. Throws when it can't be kept. `decisions` are
  /// what
  /// may be asked; `notice` is told when the host serves.
  init(
    settings: ServeSettings, status: RulebookStatus, decisions: [DecisionDescription], console: ConsoleAccess,
    notice: ServiceNotice? = nil
  ) async throws {
    question = ExampleQuestion(of: decisions)
    self.notice = notice
    self.settings = settings
    self.status = status
    code = isatty(STDOUT_FILENO) == 1 ? try await console.makeCode() : nil
  }

  func apiIsBound(_ address: SocketAddress) { note { $0.api = address } }

  func decisionPortIsBound(_ address: SocketAddress) { note { $0.decisions = address } }

  private func note(_ change: (inout Bound) -> Void) {
    let complete: Bound? = bound.withLock { bound in
      change(&bound)
      return bound.api != nil && bound.decisions != nil ? bound : nil
    }
    guard let complete, let api = complete.api, let decisions = complete.decisions else { return }
    let count = status.plugins.reduce(0) { $0 + $1.decisions.count }
    var lines = [
      "Generation \(status.generation) of \(settings.rulebook): \(Self.count(count, "decision")) of "
        + "\(Self.count(status.plugins.count, "plugin")) on \(Self.count(status.lanes, "lane")) "
        + "(\(status.digest.prefix(19))…)",
      "API       \(Self.text(settings.api, api))   (try /v1/rulebook, /metrics, /openapi.json)",
      "Decisions \(Self.text(settings.decisions, decisions))",
    ]
    if let code {
      lines.append("Console   \(settings.api.link(bound: api.port))/console#code=\(code)   (once, for 5 minutes)")
    }
    if settings.isDemo {
      lines.append("Demo: sample citizens and their trust stand in for the network.")
      if !settings.isQuiet {
        lines.append("They ask for a few decisions a second by themselves, as 'demo'; --quiet-demo leaves that out.")
      }
      lines.append(
        "Sign in as one of them: cascade token enrol NAME --key KEY.pub; "
          + "Sources/cascade/Documentation.docc/SigningIn.md has the next steps.")
    }
    if settings.watches { lines.append("Watching: save a rule, and the next decision is made by it.") }
    let link = Self.curl(settings.decisions, decisions)
    lines.append(
      question.map { "Try: curl -s \(link)/v1/decisions/\($0.point) -d '\($0.body)'" }
        ?? "Try: curl -s \(Self.curl(settings.api, api))/v1/decisions")
    notice?.send("READY=1\nSTATUS=Generation \(status.generation) decides")
    Output.write(lines.joined(separator: "\n") + "\n")
    ResidentMemory.giveBack()
  }

  private static func count(_ number: Int, _ name: String) -> String { "\(number) \(name)\(number == 1 ? "" : "s")" }

  private static func text(_ address: Address, _ bound: SocketAddress) -> String {
    address.path == nil ? address.link(bound: bound.port) : address.text
  }

  private static func curl(_ address: Address, _ bound: SocketAddress) -> String {
    (address.path.map { "--unix-socket \($0) " } ?? "") + address.link(bound: bound.port)
  }
}
