import ArgumentParser
import Glibc
import Rulebook

/// `cascade test`: runs the rulebook's specs.
struct Test: AsyncParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Runs the specs of a rulebook.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case pretty, json, tap, junit }

  @OptionGroup var options: RulebookOptions
  @Option(
    name: [.customShort("r"), .customLong("filter")],
    help: "Runs what this regular expression matches in 'file path name'.")
  var filter: String?
  @Flag(name: .shortAndLong, help: "Names every spec.") var verbose = false
  @Option(help: "How the run is reported.") var format = Format.pretty
  @Flag(help: "Counts the lines that run and the ways that branches go.") var coverage = false
  @Option(help: "Writes the coverage as LCOV to this file.") var lcov: String?
  @Option(help: "Fails when less than this percentage of lines runs, or of mutants is found.") var threshold: Double?
  @Flag(help: "Changes each rule in small ways, and lists the changes that no spec notices.") var mutants = false
  @Option(help: "With --mutants, changes the rules of this plugin only.") var plugin: String?
  @Flag(name: .shortAndLong, help: "Runs again whenever a file changes.") var watch = false
  @Option(help: "What properties draw their cases from; a failure names its own. (default: of each spec's name)")
  var seed: UInt64?

  func validate() throws {
    if let threshold, !(0...100).contains(threshold) { throw ValidationError("--threshold is between 0 and 100") }
    if plugin != nil, !mutants { throw ValidationError("--plugin goes with --mutants") }
    if mutants, filter != nil || seed != nil || watch || coverage || lcov != nil || ![.pretty, .json].contains(format) {
      throw ValidationError("--mutants goes with --plugin, --threshold, --verbose and --format pretty or json only")
    }
    if let filter, (try? SpecFilter(filter)) == nil {
      throw ValidationError("-r: '\(filter)' is no regular expression")
    }
  }

  func run() async throws {
    if mutants { return try await runMutants() }
    guard watch else {
      let code = try await runOnce()
      if code != .success { throw code }
      return
    }
    let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    let watcher = try RulebookWatcher(root: options.rulebook) { continuation.yield() }
    defer { watcher.stop() }
    _ = try await runOnce()
    for await _ in changes {
      if Environment.usesColour() { Output.write("\u{1B}[2J\u{1B}[H") }
      _ = try await runOnce()
    }
  }

  /// Runs the specs on every mutant. Says no when one survives that nobody has explained, or when fewer are found than
  /// asked for.
  private func runMutants() async throws {
    let rulebook = try options.load()
    let run = SpecRunner(rulebook: rulebook).run()
    guard run.isSuccess else {
      Output.write(SpecReport.pretty(run, colour: Environment.usesColour(), verbose: false))
      Output.note("error: the specs fail on the rules as they are; mutants can wait")
      throw ExitCode.no
    }
    let report: MutantReport
    do {
      report = try await MutantRun(rulebook: rulebook, directory: options.rulebook, plugin: plugin).report()
    } catch let error as RulebookError {
      Output.note(RulebookRejected.line(error))
      throw ExitCode.couldNotStart
    }
    if format == .json { Output.write(report.json) } else { Output.write(report.pretty(verbose: verbose)) }
    if !report.unexplained.isEmpty || !report.stale.isEmpty { throw ExitCode.no }
    if let threshold, report.ratio * 100 < threshold {
      Output.note("fewer than \(threshold) % of the mutants are found")
      throw ExitCode.no
    }
  }

  private var counts: Bool { coverage || lcov != nil || threshold != nil }

  private func runOnce() async throws -> ExitCode {
    let rulebook: CheckedRulebook
    do throws(RulebookRejected) {
      rulebook = try RulebookLoader.load(directory: options.rulebook, runSpecs: false)
    } catch {
      error.report()
      return .couldNotStart
    }
    await UnsignedNote.say(rulebook.digest)
    let runner = SpecRunner(
      rulebook: rulebook, filter: try filter.map { try SpecFilter($0) } ?? .all, countsLines: counts,
      seed: try seed ?? Environment.number(of: "seed", UInt64.self))
    let run = runner.run()
    Output.write(report(run))
    if let lcov, let lines = run.coverage { try OutputFile.write(lines.lcov(), to: lcov) }
    if let code = saysWhatNeverRan(rulebook, run) { return code }
    if !run.isSuccess { return run.showsNothing ? .couldNotStart : .no }
    if let threshold, let lines = run.coverage, lines.ratio * 100 < threshold {
      Output.note("coverage is below \(threshold) %")
      return .no
    }
    return .success
  }

  /// Names specs that nobody runs, as they would look as if they had passed. How to end for it: with 1 when nothing ran
  /// at all; nil when there are none.
  private func saysWhatNeverRan(_ rulebook: CheckedRulebook, _ run: SpecRun) -> ExitCode? {
    let unrun = rulebook.doubts.filter { $0.code == .neverRuns }
    for doubt in unrun { Output.note(RulebookRejected.line(doubt, "warning")) }
    guard run.results.isEmpty, run.loadErrors.isEmpty else { return unrun.isEmpty ? nil : .no }
    if let filter {
      Output.note("error: no spec's 'file path name' matches -r '\(filter)'; list them with cascade test -v")
    } else {
      Output.note("error: there is no spec; write one as plugins/NAME/spec/NAME_spec.lua")
    }
    return .couldNotStart
  }

  private func report(_ run: SpecRun) -> String {
    switch format {
    case .pretty: SpecReport.pretty(run, colour: Environment.usesColour(), verbose: verbose)
    case .json: SpecReport.json(run)
    case .tap: SpecReport.tap(run)
    case .junit: SpecReport.junit(run)
    }
  }
}
