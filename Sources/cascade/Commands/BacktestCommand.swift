import ArgumentParser
import Core
import Decisions
import Glibc
import Ledger
import Rulebook
import StoreSQLite

/// `cascade backtest`: what a change of the rules would have done to recorded decisions.
struct BacktestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backtest", abstract: "Shows what a change of the rules would have done to recorded decisions.",
    discussion: """
      Runs every recorded decision twice: by the rulebook of its time, and by the candidate, with what the host \
      answered then. Needs no host, and works beside one. The same records and the same candidate give the same \
      digest. Citizens are subject-1, subject-2, … unless --subjects is given. Exits with 2 when the change goes beyond \
      the --gate: a JSON file {"max_flips","max_tightened","max_unknown_share","max_money":{"USD/2":minor units},\
      "max_fuel_ratio"}, all optional.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, ndjson, html }

  @Option(help: "The directory of the changed rulebook, or the number or digest of a generation that decided.")
  var candidate: String
  @OptionGroup var options: DataOptions
  @Option(help: "Only records from this UTC time on: 2026-11-29, 2026-11-29T15:04, or milliseconds since 1970.")
  var since: String?
  @Option(help: "Only records before this UTC time.") var until: String?
  @Option(help: "Only records of this decision; may be given several times.") var point: [String] = []
  @Option(help: "Only records whose input names this citizen.") var subject: String?
  @Option(help: "At most so many records: the latest, or the first in sequential mode.") var limit: Int?
  @Option(help: "What answers host calls: the record, and for as-of also balances of that time.")
  var answers = BacktestQuery.Answers.recorded
  @Option(help: "How decisions are run: each by itself, or those with effects in turn, which is a model.")
  var mode = BacktestQuery.Mode.independent
  @Option(help: "A JSON file with the limits of the change.") var gate: String?
  @Option(help: "How the report is written.") var format = Format.text
  @Option(help: "How many threads compare; as many as there are processors when left out.") var jobs: Int?
  @Flag(help: "Shows citizens by their names.") var subjects = false
  @Option(help: "A JSON pointer into inputs and results that is not shown, as /citizen/username; * is any element.")
  var redact: [String] = []

  func validate() throws {
    if candidate.isEmpty { throw ValidationError("--candidate is empty") }
    if let limit, limit < 1 { throw ValidationError("--limit is at least 1") }
    if let jobs, !(1...Backtest.jobs).contains(jobs) { throw ValidationError("--jobs is from 1 to \(Backtest.jobs)") }
    for (option, text) in [("--since", since), ("--until", until)] {
      guard let text, MinuteText.milliseconds(text) == nil else { continue }
      throw ValidationError("\(option) is a time such as 2026-11-29T15:04, not '\(text)'")
    }
    for pointer in redact where !pointer.begins(with: "/") {
      throw ValidationError("--redact is a JSON pointer such as /citizen, not '\(pointer)'")
    }
  }

  func run() async throws {
    var view = BacktestView()
    view.showsSubjects = subjects
    view.redacted = redact
    view.gate = try gate.map(Self.gate)
    let shown = view
    try await options.readingHistory { store, history in
      let archive = history.archive
      let source = BacktestSource(history.records(store), store)
      let candidate = try await Self.load(candidate, archive, source)
      await UnsignedNote.say(candidate.digest, data: options.data)
      try await report(candidate, archive, source, store, shown)
    }
  }

  private func report(
    _ candidate: CheckedRulebook, _ archive: RulebookArchive, _ source: BacktestSource, _ ledger: any LedgerStore,
    _ view: BacktestView
  ) async throws {
    let start = ContinuousClock.now
    let counter = Counter()
    var names = SubjectNames(showsNames: subjects, redacted: redact)
    func write(_ comparison: RecordComparison, _ question: RecordedQuestion) {
      if format == .ndjson, comparison.kind != .same, comparison.kind != .costOnly {
        Output.write(json: comparison.line(question, &names).text)
      }
    }
    var course = BacktestCourse(candidate: candidate, archive: archive, query: query)
    course.jobs = jobs ?? sysconf(Int32(_SC_NPROCESSORS_ONLN))
    let report = try await course.report(on: source, ledger, progress: counter.show, each: write)
    counter.finish()
    let elapsed = Int64((ContinuousClock.now - start) / .milliseconds(1))
    switch format {
    case .text: Output.write(VisibleText.lines(report.text(view, elapsed: elapsed)))
    case .json, .ndjson: Output.write(report.json(view, elapsed: elapsed))
    case .html: Output.write(report.html(view, elapsed: elapsed))
    }
    if view.gate?.rules(for: report).contains(where: { !$0.isWithin }) == true { throw ExitCode.no }
  }

  private var query: BacktestQuery {
    var query = BacktestQuery()
    query.points = Set(point)
    query.since = since.flatMap(MinuteText.milliseconds)
    query.until = until.flatMap(MinuteText.milliseconds)
    query.subject = subject
    query.limit = limit
    query.answers = answers
    query.mode = mode
    return query
  }

  /// Loads and checks a directory, number or digest, without specs. On failure prints the problems and exits with 1.
  private static func load(
    _ name: String, _ archive: RulebookArchive, _ source: BacktestSource
  ) async throws -> CheckedRulebook {
    let candidate =
      name.begins(with: "sha256:")
      ? BacktestCandidate.digest(name) : Int64(name).map { .generation($0) } ?? .directory(name)
    do {
      return try await CandidateLoader(archive, source).load(candidate)
    } catch let error as RulebookRejected {
      error.report()
      throw ExitCode.couldNotStart
    } catch let error as RulebookError {
      throw ReadingError(message: error.message)
    }
  }

  private static func gate(_ path: String) throws -> BacktestGate {
    let json: JSON
    do {
      json = try InputFile.json(path)
    } catch let error as ReadingError {
      Output.note("error: \(error)")
      throw ExitCode.couldNotStart
    }
    do throws(UsageError) {
      return try BacktestGate(json: json)
    } catch {
      throw ValidationError("\(path): \(error)")
    }
  }

  /// How many records were compared, on a terminal.
  private struct Counter {
    private let isShown = isatty(STDERR_FILENO) == 1

    func show(_ count: Int) {
      if isShown { Output.status("\r\(count) records compared") }
    }

    func finish() {
      if isShown { Output.status("\r\u{1B}[K") }
    }
  }
}

extension BacktestQuery.Mode: ExpressibleByArgument {}
extension BacktestQuery.Answers: ExpressibleByArgument {}
