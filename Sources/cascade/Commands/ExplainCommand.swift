import ArgumentParser
import Core
import Decisions
import LuaRuntime
import Rulebook
import StoreSQLite

/// `cascade explain`: why a decision came out as it did.
struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Explains why a decision came out as it did.",
    discussion: """
      Runs the recorded decision again, by the rulebook of its time, and watches: what was compared, which numbers of \
      the policies were read, what nearly held (--as why), every call (tree) or line (lines), and what would have had to \
      be different (counter). With --input the decision is made by --rulebook. Exits with 2 when the run isn't the one \
      that was recorded: that explains nothing.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  @Argument(help: "The id of a recorded decision; with --input, a decision: tier.assign") var decision: String
  @Option(name: .shortAndLong, help: "The file with the bare input of a decision that nobody recorded.")
  var input: String?
  @OptionGroup var clock: ClockOptions
  @Option(help: "A JSON file with the host's answers to it.") var fakes: String?
  @Option(name: .customLong("as"), help: "What is told.") var view = Explainer.View.why
  @Option(help: "How it is written.") var format = Format.text
  @OptionGroup var rulebook: RulebookOptions
  @OptionGroup var options: DataOptions

  func validate() throws {
    if input == nil, Identifier(decision) == nil {
      throw ValidationError("'\(decision)' is no decision's id: a UUID; to ask anew, give --input")
    }
    if input == nil, fakes != nil { throw ValidationError("--fakes goes with --input") }
    if input == nil, clock.now != nil { throw ValidationError("--now goes with --input") }
  }

  func run() async throws {
    let explained: Result<Explanation, HistoryReason>
    if let input {
      explained = try await explain(input)
    } else {
      explained = try await explainRecord()
    }
    switch explained {
    case .failure(let reason):
      Output.note("error: \(reason.text)")
      throw ExitCode.no
    case .success(let explanation):
      switch format {
      case .text: Output.write(VisibleText.lines(explanation.text(view)))
      case .json: Output.write(explanation.json(view))
      }
    }
  }

  private func explain(_ input: String) async throws -> Result<Explanation, HistoryReason> {
    let loaded = try rulebook.load()
    let (bytes, given) = try InputFile.question(input, fakes: fakes)
    let fakes = clock.setting(given)
    let question: JSON
    do throws(JSON.ParsingError) {
      question = try JSON(parsing: bytes)
    } catch {
      Output.note("error: \(input): \(error)")
      throw ExitCode.couldNotStart
    }
    let (point, view) = (decision, view)
    return await LoadingThread.run {
      Result { () throws(HistoryReason) in
        guard let definition = loaded.decision(named: point) else {
          throw HistoryReason(text: "the rulebook has no decision '\(point)'")
        }
        let id = DecisionRunner.usualID
        return try Explainer.explain(
          point, input: question, answeredBy: FakeHost(fakes: fakes, decision: definition, id: id),
          nowMilliseconds: fakes.nowMilliseconds ?? WallClock.milliseconds(), id: id,
          holds: fakes.holds.mapValues { HeldMoney(from: $0.from, to: $0.to, amount: $0.amount) }, by: loaded, as: view)
      }
    }
  }

  private func explainRecord() async throws -> Result<Explanation, HistoryReason> {
    guard let id = Identifier(decision) else { throw ExitCode.validationFailure }
    var found: Result<Explanation, HistoryReason>?
    try await options.readingHistory { store, history in
      found = try await RecordExplainer(history.records(store), store, history.archive).explain(id, as: view)
    }
    guard let found else { throw ReadingError(message: "there is no record \(id) in \(options.data)") }
    return found
  }
}

extension Explainer.View: ExpressibleByArgument {}
