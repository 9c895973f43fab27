import ArgumentParser
import Rulebook

/// `cascade serve`: runs a host.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Runs a host that decides by a rulebook.",
    discussion: "A missing option takes its environment form, then the value in --config, then its default.")

  @OptionGroup var options: ServeOptions

  func run() async throws {
    let settings = try options.resolved().settings
    do {
      try await ServingHost.run(settings)
    } catch let rejected as RulebookRejected {
      rejected.report()
      throw ExitCode.couldNotStart
    } catch {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
  }
}
