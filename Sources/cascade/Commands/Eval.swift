import ArgumentParser
import Core
import LuaRuntime
import Rulebook

/// `cascade eval`: makes one decision and prints it.
struct Eval: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes one decision and prints it as one JSON object.",
    discussion: "Prints {\"result\":…,\"digest\":…,\"fuel\":…}, or {\"error\":{…}} and exits with 2.")

  @Argument(help: "The decision: tier.assign") var point: String
  @OptionGroup var options: RulebookOptions
  @Option(name: .shortAndLong, help: "The file with the bare input, - for standard input.") var input = "-"
  @Option(help: "The clock the rule sees, milliseconds since 1970.") var now: Int64?
  @Option(help: "A JSON file with the host's answers: now, ledger, graph.") var fakes: String?
  @Flag(help: "Prints over several lines.") var pretty = false
  @Flag(help: "Adds the lines that ran and the rule's host calls.") var explain = false

  func run() throws {
    let rulebook = try options.load()
    let bytes: [UInt8]
    var fakes: Fakes
    (bytes, fakes) = try InputFile.question(input, fakes: self.fakes)
    if let now { fakes.nowMilliseconds = now }

    let runner = DecisionRunner(rulebook: rulebook, countsLines: explain)
    let answer = runner.decide(point, input: bytes, fakes: fakes)
    var object = JSON.Object()
    switch answer.result {
    case .success(let result):
      object.append("result", try JSON(parsing: result))
      object.append("digest", .string(rulebook.digest))
      object.append("fuel", .integer(Int64(clamping: answer.cost?.fuel ?? 0)))
    case .failure(var failure):
      failure.message = RuntimeAdvice.advised(failure.message, by: rulebook)
      object.append("error", failure.json)
    }
    if explain { object.append("explain", explanation(rulebook, runner, answer)) }
    let json = JSON.object(object)
    Output.write(json, isPretty: pretty)
    if case .failure = answer.result { throw ExitCode.no }
  }

  /// The explanation: the plugin, its lines that ran, and the effects it asked for.
  private func explanation(
    _ rulebook: CheckedRulebook, _ runner: DecisionRunner, _ answer: DecisionRunner.Answer
  ) -> JSON {
    var object = JSON.Object()
    if let decision = rulebook.decision(named: point) {
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
    object.append("lines", .array(lines(rulebook, runner.lineHits)))
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
