import ArgumentParser
import Core
import Decisions
import Glibc
import LuaRuntime
import Platform
import Rulebook
import StoreSQLite

/// `cascade debug`: steps through a decision, forwards and backwards.
struct DebugCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "debug", abstract: "Steps through a decision in an editor, forwards and backwards.",
    discussion: """
      Speaks the Debug Adapter Protocol on standard input and output, or on a port with --listen. A recorded decision is \
      run as it was recorded, by the rulebook of its time, whose files the editor is sent; with --input a decision is \
      made by --rulebook. Each step back runs it anew up to there, so nothing is undone and nothing that is looked at \
      has an effect. Exits with 2 when the run isn't the one that was recorded.
      """)

  @Argument(help: "The id of a recorded decision; with --input, a decision: tier.assign") var decision: String
  @Option(name: .shortAndLong, help: "The file with the bare input of a decision that nobody recorded.")
  var input: String?
  @OptionGroup var clock: ClockOptions
  @Option(help: "A JSON file with the host's answers to it.") var fakes: String?
  @Option(help: "Where to wait for the editor: 127.0.0.1:PORT; port 0 for a free one.") var listen: String?
  @OptionGroup var rulebook: RulebookOptions
  @OptionGroup var options: DataOptions

  func validate() throws {
    if input == nil, Identifier(decision) == nil {
      throw ValidationError("'\(decision)' is no decision's id: a UUID; to ask anew, give --input")
    }
    if input == nil, fakes != nil { throw ValidationError("--fakes goes with --input") }
    if input == nil, clock.now != nil { throw ValidationError("--now goes with --input") }
    if let listen {
      let address = try Address(listen, option: "--listen")
      guard address.path == nil, ["127.0.0.1", "localhost"].contains(address.host) else {
        throw ValidationError("--listen is a port of this machine, 127.0.0.1:PORT, not '\(listen)'")
      }
    }
  }

  func run() async throws {
    // An editor that goes away is no crash.
    signal(SIGPIPE, SIG_IGN)
    let question = try await question()
    let port = try listen.map { try Address($0, option: "--listen").port }
    let outcome: Result<Void, DebugFailure> = await LoadingThread.run {
      Result { () throws(DebugFailure) in try Self.serve(question, port) }
    }
    if case .failure(let failure) = outcome {
      Output.note("error: \(failure.message)")
      throw failure.isNo ? ExitCode.no : ExitCode.couldNotStart
    }
  }

  /// What is to be run, by which rules, and whether it is recorded.
  private typealias Question = (question: RecordedQuestion, rulebook: CheckedRulebook, isRecorded: Bool)

  private struct DebugFailure: Error {
    var message: String
    /// Whether it ran, and came out otherwise.
    var isNo = false
  }

  private func question() async throws -> Question {
    guard let input else { return try await recorded() }
    let loaded = try rulebook.load()
    let (bytes, given) = try InputFile.question(input, fakes: fakes)
    let fakes = clock.setting(given)
    guard let definition = loaded.decision(named: decision) else {
      Output.note("error: the rulebook has no decision '\(decision)'")
      throw ExitCode.couldNotStart
    }
    let json: JSON
    do throws(JSON.ParsingError) {
      json = try JSON(parsing: bytes)
    } catch {
      Output.note("error: \(input): \(error)")
      throw ExitCode.couldNotStart
    }
    let (point, id) = (decision, DecisionRunner.usualID)
    let question = try await LoadingThread.run {
      Result { () throws(HistoryReason) in
        try Explainer.question(
          point, input: json, answeredBy: FakeHost(fakes: fakes, decision: definition, id: id),
          nowMilliseconds: fakes.nowMilliseconds ?? WallClock.milliseconds(), id: id,
          holds: fakes.holds.mapValues { HeldMoney(from: $0.from, to: $0.to, amount: $0.amount) }, by: loaded)
      }
    }.mapError { ReadingError(message: $0.text) }.get()
    return (question, loaded, false)
  }

  private func recorded() async throws -> Question {
    guard let id = Identifier(decision) else { throw ExitCode.validationFailure }
    var found: (RecordedQuestion, Result<CheckedRulebook, HistoryReason>)?
    try await options.readingHistory { store, history in
      let kept = RecordExplainer(history.records(store), store, history.archive)
      if let question = try await kept.question(id) { found = (question, await kept.rulebook(of: question)) }
    }
    guard let (question, loaded) = found else {
      throw ReadingError(message: "there is no record \(id) in \(options.data)")
    }
    let rulebook = try loaded.mapError { ReadingError(message: $0.text) }.get()
    return (question, rulebook, true)
  }

  private static func serve(_ what: Question, _ port: Int?) throws(DebugFailure) {
    let run: DebugRun
    do throws(HistoryReason) {
      run = try DebugRun(what.question, by: what.rulebook, isRecorded: what.isRecorded)
    } catch {
      throw DebugFailure(message: error.text, isNo: true)
    }
    do throws(FileError) {
      guard let port else { return try talk(DebugAdapter(run), .standard) }
      let listener = try LoopbackListener(port: port)
      Output.note("the debugger waits at 127.0.0.1:\(listener.port)")
      let channel = try listener.next()
      defer { channel.end() }
      try talk(DebugAdapter(run), channel)
    } catch {
      throw DebugFailure(message: error.description)
    }
  }

  /// Answers a client until it is done or gone.
  private static func talk(_ adapter: consuming DebugAdapter, _ channel: ByteChannel) throws(FileError) {
    var adapter = adapter
    var messages = DebugMessages()
    while !adapter.isFinished, case let bytes = try channel.next(64 << 10), !bytes.isEmpty {
      do throws(UsageError) {
        for request in try messages.take(bytes) where !adapter.isFinished {
          for answer in adapter.answer(request) { try? channel.write(DebugMessages.framed(answer)) }
        }
      } catch {
        Output.note("error: \(error.description)")
        return
      }
    }
  }
}
