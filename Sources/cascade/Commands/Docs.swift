import ArgumentParser
import Rulebook

/// `cascade docs`: prints the rulebook as a handbook.
struct Docs: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints the rulebook as a handbook: decisions, fields, refusals, and numbers with their comments.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case md, html }

  @OptionGroup var options: RulebookOptions
  @Option(help: "How it is written.") var format = Format.md

  func run() async throws {
    let directory = options.rulebook
    let handbook = await LoadingThread.run {
      Result { () throws(RulebookRejected) in
        try Handbook(RulebookLoader.load(directory: directory, runSpecs: false))
      }
    }
    do throws(RulebookRejected) {
      let handbook = try handbook.get()
      Output.write(format == .md ? handbook.markdown : handbook.html)
    } catch {
      error.report()
      throw ExitCode.couldNotStart
    }
  }
}
