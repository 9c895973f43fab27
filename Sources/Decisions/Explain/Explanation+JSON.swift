package import Core

extension Explanation {
  /// The name of this form.
  package static let form = "cascade-explain/v1"

  /// `{"explanation","as","record","point","verdict":"same","answer","fuel",…}` with what `view` tells. O(size).
  package func json(_ view: Explainer.View) -> JSON {
    var object = JSON.Object([
      (name: "explanation", value: .string(Self.form)), (name: "as", value: .string(view.rawValue)),
      (name: "record", value: record.map { .string($0.description) } ?? .null),
      (name: "point", value: .string(point)), (name: "verdict", value: "same"), (name: "answer", value: answer),
      (name: "fuel", value: .integer(Int64(clamping: fuel))),
    ])
    switch view {
    case .why:
      object["words"] = words.map { .string($0) }
      object["words_problem"] = wordsProblem.map { .string($0) }
      object.append("because", .array(comparisons.filter(\.isTrue).map(Self.json)))
      object.append("notes", .array(notes.map(Self.json)))
      object.append("policies", .array(policies.map(Self.json)))
      object.append("near_misses", .array(nearMisses.map(Self.json)))
    case .tree: object.append("calls", .array(calls.map(Self.json)))
    case .lines: object.append("lines", .array(steps.map(Self.json)))
    case .counter: object.append("counter", .array(counterfactuals.map(Self.json)))
    }
    object.append("cut", .bool(isCut))
    return .object(object)
  }

  private static func place(_ file: String, _ line: Int) -> [(name: String, value: JSON)] {
    [("file", .string(file)), ("line", .integer(Int64(line)))]
  }

  private static func json(_ comparison: Comparison) -> JSON {
    var object = JSON.Object(place(comparison.file, comparison.line))
    object.append("text", .string(comparison.text))
    if !comparison.isTrue, let distance = comparison.distance {
      object.append("short_by", Int64(exactly: distance).map { .integer($0) } ?? .double(distance))
    }
    return .object(object)
  }

  private static func json(_ note: Note) -> JSON {
    var object = JSON.Object(place(note.file, note.line))
    object.append("text", .string(note.text))
    return .object(object)
  }

  private static func json(_ value: PolicyValue) -> JSON {
    var object = JSON.Object(place(value.file, value.line))
    object.append("name", .string(value.name))
    object.append("value", .string(value.value))
    object.append("comment", .string(value.comment))
    object.append("who_may_change_this", .string(value.owner))
    return .object(object)
  }

  private static func json(_ step: Step) -> JSON {
    var object = JSON.Object(place(step.file, step.line))
    object.append("text", .string(step.text))
    object.append("values", .array(step.values.map { .string($0) }))
    return .object(object)
  }

  private static func json(_ call: Call) -> JSON {
    var object = JSON.Object([(name: "call", value: .string(call.name))] + place(call.file, call.line))
    object.append("depth", .integer(Int64(call.depth)))
    object.append("arguments", .array(call.arguments.map { .string($0) }))
    object.append("results", .array(call.results.map { .string($0) }))
    return .object(object)
  }

  private static func json(_ other: Counterfactual) -> JSON {
    var object = JSON.Object([
      (name: "input", value: .string(other.path)), (name: "now", value: other.now ?? .null),
    ])
    switch other.change {
    case .from(let value): object.append("from", value)
    case .above(let value): object.append("above", value)
    case .upTo(let value): object.append("up_to", value)
    case .below(let value): object.append("below", value)
    case .value(let value): object.append("value", value)
    }
    let then = other.then.map { difference -> JSON in
      [
        "path": .string(difference.path), "before": difference.before ?? .null, "after": difference.after ?? .null,
      ]
    }
    object.append("then", .array(then))
    return .object(object)
  }
}
