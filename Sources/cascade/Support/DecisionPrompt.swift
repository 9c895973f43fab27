import Core
import Glibc
import Rulebook

/// `cascade eval --repl`: a decision for each line, by the rules as they are on disk.
struct DecisionPrompt {
  var rulebook: CheckedRulebook
  let directory: String
  var fakes: Fakes
  let isPretty: Bool
  private var runner: DecisionRunner

  init(rulebook: CheckedRulebook, directory: String, fakes: Fakes, isPretty: Bool) {
    (self.rulebook, self.directory, self.fakes, self.isPretty) = (rulebook, directory, fakes, isPretty)
    runner = DecisionRunner(rulebook: rulebook, keepsNotes: true)
  }

  private static let help = """
    tier.assign {"social_class":"Nobili"}   makes a decision; what it did and noted follows
    :list                                   lists the decisions
    :now 2026-11-29T10:00:00Z               sets the clock, until then the wall clock
    :balance citizen:ada 5.00 DUC/2         gives an account money
    :reload                                 reads the files again
    :quit                                   ends, as the end of the input does

    """

  /// Reads lines until there are no more. What is wrong with one is told, and the next is read.
  func run() {
    var prompt = self
    let isTerminal = isatty(STDIN_FILENO) == 1
    if isTerminal { Output.status("\(rulebook.decisions.count) decisions; :help lists the words\n") }
    while true {
      if isTerminal { Output.status("> ") }
      guard let line = readLine() else { return }
      if line.trimmed == ":quit" { return }
      do {
        try prompt.take(String(line.trimmed))
      } catch {
        Output.note("error: \(error)")
      }
    }
  }

  private mutating func take(_ line: String) throws {
    let words = line.words().map { String($0) }
    switch words.first {
    case nil: break
    case ":help": Output.write(Self.help)
    case ":list": for decision in rulebook.decisions { Output.writeLine("\(decision.name)  \(decision.summary)") }
    case ":reload": try reload()
    case ":now":
      guard words.count == 2, let now = MinuteText.milliseconds(words[1]) else {
        throw ReadingError(message: ":now takes a moment such as 2026-11-29T10:00:00Z, or milliseconds since 1970")
      }
      fakes.nowMilliseconds = now
    case ":balance": try balance(Array(words.dropFirst()))
    case let word? where word.begins(with: ":"):
      throw ReadingError(message: "unknown word '\(word)'; :help lists them")
    case let point?: decide(point, String(line.dropFirst(point.count).trimmed))
    }
  }

  private mutating func balance(_ words: [String]) throws {
    guard words.count == 3 else { throw ReadingError(message: ":balance takes an account and an amount") }
    let json: JSON = ["ledger": ["balances": .object(JSON.Object([(words[0], .string("\(words[1]) \(words[2])"))]))]]
    let given = try Fakes(json: json)
    fakes.balances.merge(given.balances) { $1 }
  }

  private mutating func reload() throws {
    do throws(RulebookRejected) {
      rulebook = try RulebookLoader.load(directory: directory, runSpecs: false)
    } catch {
      error.report()
      throw ReadingError(message: "the files don't load; the rules from before go on")
    }
    runner = DecisionRunner(rulebook: rulebook, keepsNotes: true)
  }

  private func decide(_ point: String, _ input: String) {
    let answer = runner.decide(point, input: Array((input.isEmpty ? "{}" : input).utf8), fakes: fakes)
    var object = answer.object(by: rulebook)
    if !answer.effects.isEmpty { object.append("effects", .array(answer.effects.map(\.call.effectJSON))) }
    if !answer.notes.isEmpty { object.append("notes", .array(answer.notes.map { .string($0) })) }
    Output.write(.object(object), isPretty: isPretty)
  }
}
