import ArgumentParser
import Core
import Outbound

/// `cascade healthcheck`: whether a running host is ready, as an exit code.
struct Healthcheck: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Says whether a running host is ready: exits with 0, or with 2, or with 1 when none answers.",
    discussion: "For containers and scripts. A host that serves by the rulebook before is ready, and says degraded.")

  @OptionGroup var host: RunningHost

  func run() async throws {
    let answer = try await host.ask(.get, "/health/ready", asOperator: false)
    Output.writeLine(answer["status"]?.string ?? answer.text)
  }
}
