import ArgumentParser
import Core
import Rulebook

/// `cascade check`: loads the rulebook and reports its problems.
struct Check: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Loads a rulebook and reports its problems.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json, github }

  @OptionGroup var options: RulebookOptions
  @Option(help: "How problems are written.") var format = Format.pretty
  @Flag(help: "Prints what rules may cost instead, and checks nothing.") var limits = false

  func run() async throws {
    if limits {
      if format == .json { Output.write(RuleLimits.json) } else { Output.write(RuleLimits.text) }
      return
    }
    let rulebook: CheckedRulebook
    do throws(RulebookRejected) {
      rulebook = try RulebookLoader.load(directory: options.rulebook, runSpecs: false)
    } catch {
      write(error.errors)
      throw ExitCode.couldNotStart
    }
    await UnsignedNote.say(rulebook.digest)
    try report(rulebook)
  }

  /// Tells what is doubtful in a rulebook that loads, and what it holds. A host takes it, so the code is another one;
  /// spec files that don't load it refuses.
  private func report(_ rulebook: CheckedRulebook) throws {
    let listed = SpecRunner(rulebook: rulebook).list()
    write(listed.errors, doubts: rulebook.doubts, Counts(of: rulebook, specs: listed.specs))
    if !listed.errors.isEmpty { throw ExitCode.couldNotStart }
    if !rulebook.doubts.isEmpty { throw ExitCode.no }
  }

  private func write(_ errors: [RulebookError], doubts: [RulebookError] = [], _ counts: Counts? = nil) {
    switch format {
    case .pretty:
      for error in errors { Output.writeLine(RulebookRejected.line(error)) }
      for doubt in doubts { Output.writeLine(RulebookRejected.line(doubt, "warning")) }
      if let counts { Output.writeLine(counts.text) }
    case .json:
      let problems = errors + doubts
      var result = JSON.Object([(name: "ok", value: .bool(problems.isEmpty))])
      result["errors"] = .array(problems.map(\.json))
      for (name, count) in counts?.list ?? [] { result[name] = .integer(Int64(count)) }
      Output.write(.object(result))
    case .github:
      for error in errors { Output.write(GitHubAnnotation.text(error, .error) + "\n") }
      for doubt in doubts { Output.write(GitHubAnnotation.text(doubt, .warning) + "\n") }
    }
  }
}

/// How much a rulebook holds.
private struct Counts {
  /// Each sort of thing in the plural, with its number.
  let list: [(name: String, count: Int)]

  init(of rulebook: CheckedRulebook, specs: Int) {
    let policies = rulebook.snapshot.paths.count { RulebookPath($0)?.role == .policy }
    list = [
      ("plugins", rulebook.plugins.count), ("decisions", rulebook.decisions.count), ("policies", policies),
      ("specs", specs),
    ]
  }

  /// `2 plugins, 1 decision, 1 policy, 9 specs`
  var text: String {
    list.map { name, count in
      let singular = name == "policies" ? "policy" : String(name.unicodeScalars.dropLast())
      return "\(count) \(count == 1 ? singular : name)"
    }.joined(separator: ", ")
  }
}
