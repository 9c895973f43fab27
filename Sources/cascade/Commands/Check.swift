import ArgumentParser
import Core
import Rulebook

/// `cascade check`: loads the rulebook and reports its problems.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Loads a rulebook and reports its problems.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json, github }

  @OptionGroup var options: RulebookOptions
  @Option(help: "How problems are written.") var format = Format.pretty

  func run() throws {
    var errors: [RulebookError] = []
    do throws(RulebookRejected) {
      _ = try RulebookLoader.load(directory: options.rulebook, runSpecs: false)
    } catch {
      errors = error.errors
    }
    switch format {
    case .pretty: for error in errors { Output.writeLine(RulebookRejected.line(error)) }
    case .json:
      let result: JSON = ["ok": .bool(errors.isEmpty), "errors": .array(errors.map(\.json))]
      Output.write(result)
    case .github: for error in errors { Output.write(GitHubAnnotation.text(error) + "\n") }
    }
    if !errors.isEmpty { throw ExitCode.couldNotStart }
  }
}
