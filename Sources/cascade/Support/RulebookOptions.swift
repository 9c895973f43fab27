import ArgumentParser
import Rulebook

/// `--rulebook`, which most commands have.
struct RulebookOptions: ParsableArguments {
  @Option(name: .long, help: "The directory with plugins/ and policies/.")
  var rulebook = Environment.value("RULEBOOK") ?? "."

  /// The checked rulebook, without its specs run. Tells what is wrong and exits with 1.
  func load() throws -> CheckedRulebook {
    do throws(RulebookRejected) {
      return try RulebookLoader.load(directory: rulebook, runSpecs: false)
    } catch {
      error.report()
      throw ExitCode.couldNotStart
    }
  }
}

/// `--data`, of commands that work on what a host keeps.
struct DataOptions: ParsableArguments {
  @Option(name: .long, help: "The directory that holds what the host keeps.")
  var data = Environment.value("DATA") ?? ".cascade"
}
