import Core
import Decisions

/// A question that somebody new may ask a host: one without effects, with the least input that its schema takes.
struct ExampleQuestion {
  /// The name of the decision to ask for.
  let point: String
  private let input: JSON

  /// The body of the request, as an argument in single quotes.
  var body: String { "{\"input\":\(input.text)}" }

  /// The decision that wants the fewest fields, but at least one, and no list that would be empty here, the first of
  /// them by name; else any; nil when nobody may ask, or no input can be made up. O(decisions).
  init?(of decisions: [DecisionDescription]) {
    let questions = decisions.sorted { $0.name < $1.name }.compactMap { decision -> ExampleQuestion? in
      if decision.operators || !decision.uses.isEmpty { return nil }
      guard let input = decision.input.exampleOfSchema, !input.text.contains("'") else { return nil }
      return ExampleQuestion(point: decision.name, input: input)
    }
    let telling = questions.filter { !$0.fields.isEmpty && !$0.fields.contains([]) }
    guard let found = telling.min(by: { $0.fields.count < $1.fields.count }) ?? questions.first else { return nil }
    self = found
  }

  private var fields: [JSON] { input.object?.members.map(\.value) ?? [] }

  private init(point: String, input: JSON) { (self.point, self.input) = (point, input) }
}

extension JSON {
  /// The least value that this JSON Schema takes, of those that can be made up; nil when none can.
  fileprivate var exampleOfSchema: JSON? {
    if let value = self["default"] ?? self["const"] ?? self["enum"]?.array?.first { return value }
    if let forms = self["anyOf"]?.array { return forms.lazy.compactMap(\.exampleOfSchema).first }
    if self["pattern"] != nil || self["format"] != nil || self["minLength"] != nil { return nil }
    switch self["type"]?.string {
    case "object":
      var object = Object()
      for name in self["required"]?.array ?? [] {
        guard let name = name.string, let value = self["properties"]?[name]?.exampleOfSchema else { return nil }
        object.append(name, value)
      }
      return .object(object)
    case "array": return self["minItems"] == nil ? [] : nil
    case "string": return "any"
    case "boolean": return true
    case "integer", "number": return self["minimum"] ?? .integer(0)
    default: return nil
    }
  }
}
