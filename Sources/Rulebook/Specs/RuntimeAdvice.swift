internal import Core
internal import LuaRuntime

/// What an author can do about a failure, by the words of its message.
///
/// It is added where people read: in reports of specs, by `eval` and by `check`. What a decision answers stays as it
/// is.
package enum RuntimeAdvice {
  /// The first line of a message with what to do, where that can be told; the rest of the message follows.
  package static func advised(_ message: String, by rulebook: CheckedRulebook? = nil) -> String {
    let lines = message.pieces(at: "\n", most: 2).map { String($0) }
    guard let first = lines.first, let advice = advice(first, rulebook) else { return message }
    return ([first + "; " + advice] + lines.dropFirst()).joined(separator: "\n")
  }

  private static func advice(_ message: String, _ rulebook: CheckedRulebook?) -> String? {
    if let quoted = quoted(in: message, behind: "unknown global '") {
      return quoted == "host"
        ? "a decision gets it as its second argument: function(input, host)" : SandboxAdvice.instead(of: quoted)
    }
    if let name = missingModule(in: message) {
      return advice(aboutModule: name, rulebook)
    }
    if let text = advice(aboutField: message, rulebook) { return text }
    return phrases.first { message.holds($0.part) }?.advice
  }

  /// The module that a message says is none; nil when it says something else.
  static func missingModule(in message: String) -> String? {
    message.holds("' not found") ? quoted(in: message, behind: "module '") : nil
  }

  private static func advice(aboutModule name: String, _ rulebook: CheckedRulebook?) -> String? {
    if name.begins(with: "plugins.") { return "what plugins share lives in plugins/library/: require \"library.…\"" }
    return SandboxAdvice.instead(of: name)
  }

  /// The parts of messages, the more special first.
  private static let phrases: [(part: String, advice: String)] = [
    ("an amount times a whole number", "scale it with convert: price:convert(price.asset, { \"1.5\" }, {}, \"floor\")"),
    ("arithmetic on a amount", "divide with ratio or shares, or scale with convert"),
    ("an amount goes with an amount only", "make one: amount(\"1.00 USD/2\")"),
    ("amounts of different assets", "exchange one with convert"),
    ("no amount: it is no amount", "write amount(\"97.50 USD/2\") or amount(\"USD/2\", 9750)"),
    ("concatenate a amount", "write tostring(…) around it"),
    ("'convert' (invalid option", "it rounds by \"floor\", \"ceil\", \"half_even\" or \"half_up\""),
    (
      "to 'convert' (string expected, got no value",
      "say how it rounds: \"floor\", \"ceil\", \"half_even\" or \"half_up\""
    ),
    ("arithmetic on a string", "join texts with .., or read a number with tonumber(…)"),
    ("arithmetic on a nil", "give it a value: (x or 0)"),
    ("attempt to concatenate a nil", "give it a value: (x or \"\")"),
    ("attempt to concatenate a table", "write out its parts"),
    ("attempt to index a nil", "look first whether it is there: if x then … end"),
    ("attempt to call a nil", "is its name misspelled, or not in what its file returns?"),
    ("attempt to compare", "make both numbers or both texts"),
    ("the fuel is used up", "does a loop end? cascade check --limits says what a run may cost"),
    ("the memory is used up", "does a loop or a call to itself end? cascade check --limits says what a run may take"),
    ("stack overflow", "does a function that calls itself end?"),
    ("this table is frozen", "what require gives stays as it is: copy it into a table of the rule's own"),
    ("the result is a nil", "every way through a decision ends with return"),
    ("bad argument #4 to 'convert'", "say how it rounds: \"floor\", \"ceil\", \"half_even\" or \"half_up\""),
    (": exceeds_credits", "the first account has less; the fakes give it more: ledger = { balances = { … } }"),
    (": account_not_found", "the fakes name an account with a balance: ledger = { balances = { … } }"),
  ]

  /// What to do about a field of a decision that a message names, by the decision's own schema.
  private static func advice(aboutField message: String, _ rulebook: CheckedRulebook?) -> String? {
    // What a host call says of its own fields is whole.
    if message.holds(": host.") { return nil }
    guard let decision = rulebook?.decisions.first(where: { message.holds(" \($0.name): ") }) else { return nil }
    if let name = quoted(in: message, behind: "unknown field '") {
      let record = message.holds(decision.file) ? decision.output : decision.input
      let names = record.fields.map(\.name)
      let suggestion = NearestName.of(name, in: names).map { "did you mean '\($0)'?" }
      return suggestion ?? "it has " + names.joined(separator: ", ")
    }
    guard let name = quoted(in: message, behind: "field '") else { return nil }
    let (input, output) = (schema(name, decision.input), schema(name, decision.output))
    if message.holds("is none of its options") {
      switch (output ?? input)?.value {
      case .options(let options)?: return "they are " + options.joined(separator: ", ")
      case .numbers(let numbers)?: return "they are " + numbers.map { JSON.number($0).text }.joined(separator: ", ")
      default: break
      }
    }
    if message.holds("is missing") { return "give it, or declare it optional or with a default" }
    if message.holds("got nil") { return "give it, or declare it optional" }
    if message.holds(" wants ") { return "give what is declared, or declare what is given" }
    return nil
  }

  private static func schema(_ name: String, _ record: RecordSchema) -> FieldSchema? {
    record.fields.first { $0.name.isSame(as: name) }?.schema
  }

  /// What stands between `start` and the next quote.
  private static func quoted(in message: String, behind start: String) -> String? {
    let (bytes, wanted) = (Array(message.utf8), Array(start.utf8))
    guard bytes.count > wanted.count,
      let place = (0..<(bytes.count - wanted.count)).first(where: { bytes[$0...].starts(with: wanted) })
    else { return nil }
    let rest = bytes[(place + wanted.count)...].prefix { $0 != UInt8(ascii: "'") }
    return String(decoding: rest, as: UTF8.self)
  }
}
