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
    case .pretty: for error in errors { Output.write(RulebookRejected.line(error) + "\n") }
    case .json:
      let result: JSON = ["ok": .bool(errors.isEmpty), "errors": .array(errors.map(\.json))]
      Output.write(result.text + "\n")
    case .github: for error in errors { Output.write(Self.annotation(error) + "\n") }
    }
    if !errors.isEmpty { throw ExitCode.couldNotStart }
  }

  /// A workflow command of GitHub, with `%` and line breaks escaped.
  private static func annotation(_ error: RulebookError) -> String {
    let text = error.message.replacing("%", with: "%25").replacing("\n", with: "%0A")
    let place = error.file.map { "file=\($0),line=\(error.line ?? 1)" } ?? ""
    return "::error \(place)::\(text)"
  }
}
