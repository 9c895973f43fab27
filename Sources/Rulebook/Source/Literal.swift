internal import Core

/// A literal that meets a declared field.
enum Literal {
  /// What a field is that a literal can't be, and what to do.
  typealias Clash = (kind: String, advice: String)

  case text(String), number, boolean

  init?(_ place: LuaTree.Place, in tree: LuaTree) {
    switch tree.nodes[tree.bare(place)].kind {
    case .constant(.string(let text?)): self = .text(text)
    case .constant(.number): self = .number
    case .constant(.boolean): self = .boolean
    case .unary("-", let operand):
      guard case .constant(.number) = tree.nodes[operand].kind else { return nil }
      self = .number
    default: return nil
    }
  }

  /// What a value of this schema is that the literal can't be, and what to do; nil when the literal may be one.
  func clash(_ value: ValueSchema) -> Clash? {
    switch (value, self) {
    case (.any, _), (.anyOf, _), (.string, .text), (.account, .text), (.boolean, .boolean), (.integer, .number),
      (.number, .number), (.numbers, .number), (.decimal, .text), (.date, .text), (.timestamp, .text):
      nil
    case (.options(let names), .text(let text)):
      names.contains { $0.isSame(as: text) }
        ? nil
        : (
          "one of \(names.joined(separator: ", ")) and never '\(text)'", NearestName.suggestion(for: text, in: names)
        )
    case (.amount, .number): ("an amount and no number", "; compare its 'minor', or with amount(\"… USD/2\")")
    case (.amount, .text(let text)): ("an amount and no string", "; compare with amount(\"\(text)\")")
    case (.amount, .boolean): ("an amount and no boolean", "; compare its 'minor', or with an amount")
    case (.decimal, .number): ("a decimal as text", "; hold it against another text with less of library.decimal")
    case (.options, _), (.string, _), (.account, _), (.decimal, _), (.date, _), (.timestamp, _):
      ("a string", "; write the literal in quotes")
    case (.boolean, _): ("a boolean", "; test it without a comparison")
    case (.integer, _), (.number, _), (.numbers, _): ("a number", "; write the literal without quotes")
    case (.list, _): ("a list", "; compare one of its elements, or its length with #")
    case (.record, _), (.map, _): ("a table", "; compare one of its fields")
    }
  }

  /// What a literal is as the value of a field that it doesn't fit, as part of a sentence; nil when it fits.
  func clash(with value: ValueSchema) -> String? {
    // An amount is also taken as its text.
    if case (.amount, .text) = (value, self) { return nil }
    guard let clash = clash(value) else { return nil }
    let declared = String(clash.kind.unicodeScalars.prefix { $0 != "," }).pieces(at: " ").prefix { $0 != "and" }
    let advice = "give what is declared, or declare what is given"
    return "\(what), and declared as \(declared.joined(separator: " ")); \(advice)"
  }

  private var what: String {
    switch self {
    case .text(let text): "the text '\(text)'"
    case .number: "a number"
    case .boolean: "a boolean"
    }
  }
}
