import ArgumentParser
import Core
import LuaRuntime
import Rulebook

/// `cascade eval`: makes one decision and prints it, or as many as are asked for.
struct Eval: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes one decision and prints it as one JSON object.",
    discussion: """
      Prints {"result":…,"digest":…,"fuel":…}, or {"error":{…}} and exits with 2. With --repl it reads a line for each
      decision, tier.assign {"social_class":"Nobili"}, and its words begin with a colon: :help lists them.
      """)

  @Argument(help: "The decision: tier.assign") var point: String?
  @OptionGroup var options: RulebookOptions
  @Option(name: .shortAndLong, help: "The file with the bare input, - for standard input.") var input = "-"
  @OptionGroup var clock: ClockOptions
  @Option(help: "A JSON file with the host's answers: now, ledger, graph.") var fakes: String?
  @Flag(help: "Prints over several lines.") var pretty = false
  @Flag(help: "Adds the lines that ran and the rule's host calls.") var explain = false
  @Flag(help: "Makes a decision for each line of standard input.") var repl = false

  func validate() throws {
    if repl, point != nil || explain || input != "-" {
      throw ValidationError("--repl reads decisions from its input, and goes with --now, --fakes and --pretty only")
    }
    if !repl, point == nil { throw ValidationError("name the decision: cascade eval tier.assign") }
  }

  func run() async throws {
    let rulebook = try options.load()
    await UnsignedNote.say(rulebook.digest)
    let (bytes, given) = try InputFile.question(repl ? nil : input, fakes: self.fakes)
    let fakes = clock.setting(given)
    if repl {
      return DecisionPrompt(rulebook: rulebook, directory: options.rulebook, fakes: fakes, isPretty: pretty).run()
    }
    let runner = DecisionRunner(rulebook: rulebook, countsLines: explain)
    let answer = runner.decide(point ?? "", input: bytes, fakes: fakes)
    var object = answer.object(by: rulebook)
    if explain { object.append("explain", explanation(rulebook, runner, answer)) }
    Output.write(.object(object), isPretty: pretty)
    if case .failure = answer.result { throw ExitCode.no }
  }

  /// The explanation: the plugin, its lines that ran, and the effects it asked for.
  private func explanation(
    _ rulebook: CheckedRulebook, _ runner: DecisionRunner, _ answer: DecisionRunner.Answer
  ) -> JSON {
    var object = JSON.Object()
    if let decision = rulebook.decision(named: point ?? "") {
      object.append("plugin", .string(decision.plugin))
      object.append("file", .string(decision.file))
      object["line"] = decision.line.map { .integer(Int64($0)) }
      object.append("uses", .array(decision.uses.map { .string($0.rawValue) }))
    }
    object.append("nanoseconds", .integer(Int64(clamping: answer.cost?.nanoseconds ?? 0)))
    let intents = answer.effects.map { effect -> JSON in
      ["call": .string(effect.call.name.rawValue), "argument": effect.call.argumentJSON]
    }
    object.append("intents", .array(intents))
    object.append("lines", .array(lines(rulebook, runner.hits.lines)))
    return .object(object)
  }

  private func lines(_ rulebook: CheckedRulebook, _ hits: [ExactText: [Int: UInt64]]) -> [JSON] {
    hits.sorted { $0.key < $1.key }.flatMap { file, counts in
      let source = LuaLines.of(rulebook.snapshot.files[file] ?? [])
      return counts.sorted { $0.key < $1.key }.map { line, count -> JSON in
        let text = source.indices.contains(line - 1) ? String(decoding: source[line - 1], as: UTF8.self) : ""
        return [
          "file": .string(file.text), "line": .integer(Int64(line)), "hits": .integer(Int64(clamping: count)),
          "text": .string(text),
        ]
      }
    }
  }
}

extension DecisionRunner.Answer {
  /// `{"result","digest","fuel"}`, or `{"error"}` with what to do about it.
  func object(by rulebook: CheckedRulebook) -> JSON.Object {
    switch result {
    case .success(let bytes):
      return JSON.Object([
        ("result", (try? JSON(parsing: bytes)) ?? .null), ("digest", .string(rulebook.digest)),
        ("fuel", .integer(Int64(clamping: cost?.fuel ?? 0))),
      ])
    case .failure(var failure):
      failure.message = RuntimeAdvice.advised(failure.message, by: rulebook)
      return JSON.Object([("error", failure.json)])
    }
  }
}
