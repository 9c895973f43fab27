import ArgumentParser
import Rulebook

/// `--rulebook`, which most commands have.
struct RulebookOptions: ParsableArguments {
  @Option(name: .long, help: "The directory with plugins/ and policies/.")
  var rulebook = Environment.value("RULEBOOK") ?? "."

  func validate() throws {
    if rulebook.isEmpty { throw ValidationError("--rulebook is empty") }
  }

  /// Loads and checks the rulebook without running its specs. On failure prints the problems and exits with 1.
  func load() throws -> CheckedRulebook {
    do throws(RulebookRejected) {
      return try RulebookLoader.load(directory: rulebook, runSpecs: false)
    } catch {
      error.report()
      throw ExitCode.couldNotStart
    }
  }
}

/// `--data`, for commands that work on a data directory, and `--store`, for what several hosts share in its place.
struct DataOptions: ParsableArguments {
  @Option(
    name: .customLong("data"),
    help: "The host's data directory. (default: .cascade, or .cascade-demo where only that is)")
  private var named: String?
  @OptionGroup var store: StoreOptions

  /// The directory: the named one, or a live host's, or a demonstration's where there is no other.
  var data: String { named ?? Self.usual }

  /// The directory where nothing else is said.
  static var usual: String { Environment.value("DATA") ?? DataDirectory.usual }

  func validate() throws {
    if data.isEmpty { throw ValidationError("--data is empty") }
  }
}
