internal import Core

/// The body of a request about money: an object of known fields, each of which is named when it is wrong.
struct RequestFields: Sendable {
  private let json: JSON

  /// The body, unless it is no object or has a field that isn't among `fields`.
  init(_ json: JSON, fields: [String]) throws(ProblemDocument) {
    guard let object = json.object else { throw ProblemDocument(.malformedRequest, "the body is no object") }
    for member in object.members where !fields.contains(member.name) {
      throw Self.invalid("unknown field '\(member.name)'; there are \(fields.joined(separator: ", "))")
    }
    self.json = json
  }

  /// Whether the field is there, and not null.
  func has(_ name: String) -> Bool { json[name].map { $0 != .null } ?? false }

  /// One of the words of `Choice`.
  func choice<Choice: RawRepresentable & CaseIterable>(
    _ name: String, _ choices: Choice.Type
  ) throws(ProblemDocument) -> Choice where Choice.RawValue == String {
    guard let word = json[name]?.string, let choice = Choice(rawValue: word) else {
      let words = Choice.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
      throw Self.invalid("'\(name)' must be one of \(words)")
    }
    return choice
  }

  /// An amount, as text or as an object.
  func amount(_ name: String) throws(ProblemDocument) -> Amount {
    let value = json[name]
    guard let amount = value?.string.flatMap({ Amount(text: $0) }) ?? Amount(json: value), amount.minor >= 0 else {
      throw Self.invalid(#"'\#(name)' must be an amount: "97.50 USD/2" or {"asset":"USD/2","minor":9750}"#)
    }
    return amount
  }

  /// A text of 1 to `limit` bytes.
  func text(_ name: String, limit: Int) throws(ProblemDocument) -> String {
    guard let text = json[name]?.string, (1...limit).contains(text.utf8.count) else {
      throw Self.invalid("'\(name)' must be a text of 1 to \(limit) bytes")
    }
    return text
  }

  /// Something is wrong with a field.
  static func invalid(_ detail: String) -> ProblemDocument {
    ProblemDocument(.invalidInput, detail)
  }
}
