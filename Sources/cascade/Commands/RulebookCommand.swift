import ArgumentParser
import Core
import Rulebook

/// `cascade rulebook`: the rulebooks that a host has decided by.
struct RulebookCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rulebook", abstract: "Lists, shows and compares rulebooks.",
    subcommands: [RulebookList.self, RulebookShow.self, RulebookDiff.self])
}

/// `cascade rulebook list`: every rulebook that ever decided.
struct RulebookList: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list", abstract: "Lists every rulebook that a host has kept, the first one first.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json }

  @OptionGroup var options: DataOptions
  @Option(help: "How the list is written.") var format = Format.pretty

  func run() async throws {
    try await options.withHistory { history in
      let stored = history.rulebooks
      if format == .json {
        let list = stored.map { ["digest": .string($0.digest), "stored_seconds": .integer($0.seconds)] as JSON }
        return Output.write(["rulebooks": .array(list)] as JSON)
      }
      for rulebook in stored {
        Output.writeLine("\(rulebook.digest)  \(MinuteText.text(rulebook.seconds.multiplied(saturating: 1000)))")
      }
    }
  }
}

/// `cascade rulebook show`: the files of a rulebook.
struct RulebookShow: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Lists the files of a rulebook, or prints one of them.",
    discussion: "Of a directory in a git work tree each file is told with its last commit.")

  @Argument(help: "A digest, or its first digits, of cascade rulebook list; or a directory.") var rulebook: String
  @Option(help: "Prints this file.") var file: String?
  @OptionGroup var options: DataOptions

  func run() async throws {
    try await options.withHistory { history in
      let names = NamedRulebook(history.archive)
      try show(try names.snapshot(rulebook), directory: try names.digest(rulebook) == nil ? rulebook : nil)
    }
  }

  /// `directory` is where the files lie; nil when a host has kept them.
  private func show(_ snapshot: RulebookSnapshot, directory: String?) throws {
    guard let file else {
      Output.writeLine(snapshot.digest)
      for path in snapshot.paths {
        let commit = directory.flatMap { GitHistory.last(path, in: $0) }.map { "  (\(VisibleText.line($0)))" } ?? ""
        Output.writeLine("\(snapshot.files[ExactText(path)]?.count ?? 0)  \(path)" + commit)
      }
      return
    }
    guard let bytes = snapshot.files[ExactText(file)] else {
      throw ReadingError(message: "the rulebook has no '\(file)'; cascade rulebook show \(rulebook) lists what it has")
    }
    Output.write(VisibleText.lines(String(decoding: bytes, as: UTF8.self)))
  }
}

/// `cascade rulebook diff`: what differs between two rulebooks.
struct RulebookDiff: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Lists the numbers and files that differ between two rulebooks.",
    discussion: "Of a directory in a git work tree each file is told with its last commit.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json }

  @Argument(help: "A digest, or its first digits; or a directory.") var before: String
  @Argument(help: "The same, of what is compared with it.") var after = "."
  @OptionGroup var options: DataOptions
  @Option(help: "How it is written.") var format = Format.pretty

  func run() async throws {
    try await options.withHistory { try await compare(NamedRulebook($0.archive)) }
  }

  private func compare(_ names: NamedRulebook) async throws {
    let (old, new) = (try names.snapshot(before), try names.snapshot(after))
    let read = await LoadingThread.run {
      Result { () throws(RulebookRejected) in
        (try PolicyNumbers.read(old), try PolicyNumbers.read(new))
      }
    }
    let changes: [PolicyNumbers.Change]
    do throws(RulebookRejected) {
      let (before, after) = try read.get()
      changes = PolicyNumbers.changes(from: before, to: after)
    } catch {
      error.report()
      throw ExitCode.couldNotStart
    }
    let difference = RulebookDifference(
      before: old, after: new, numbers: changes, directory: try names.digest(after) == nil ? after : nil)
    if format == .json { Output.write(difference.json) } else { Output.write(difference.text) }
  }
}
