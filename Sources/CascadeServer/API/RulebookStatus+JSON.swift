package import CascadeHost
package import Core

extension RulebookStatus {
  /// As `GET /v1/rulebook` has it.
  package var json: JSON {
    [
      "generation": .integer(Int64(generation)), "digest": .string(digest),
      "activated_milliseconds": .integer(activatedMilliseconds), "lanes": .integer(Int64(lanes)),
      "plugins": .array(plugins.map(\.json)), "retained": .array(retained.map { .integer(Int64($0)) }),
      "last_reload": [
        "successful": .bool(lastReloadProblems.isEmpty), "problems": .array(lastReloadProblems.map(\.json)),
      ],
    ]
  }
}

extension PluginStatus {
  /// `{"name","version","decisions"}`
  package var json: JSON {
    ["name": .string(name), "version": .string(version), "decisions": .array(decisions.map { .string($0) })]
  }
}

extension RulebookProblem {
  /// `{"code","message","file","line"}`, the last two where they are known.
  package var json: JSON {
    var object = JSON.Object()
    object.append("code", .string(code))
    object.append("message", .string(message))
    if let file { object.append("file", .string(file)) }
    if let line { object.append("line", .integer(Int64(line))) }
    return .object(object)
  }
}

extension DecisionDescription {
  /// As `GET /v1/decisions` has it.
  package var json: JSON {
    [
      "name": .string(name), "plugin": .string(plugin), "summary": .string(summary), "input": input, "output": output,
      "uses": .array(uses.map { .string($0) }), "debits": .array(debits.map { .string($0) }),
      "operators": .bool(operators),
    ]
  }
}

extension RulebookChangeRefused {
  /// As the wire has it: `load_failed` with all problems, or what the first one's code says when the table
  /// knows it, or else `otherwise`.
  package func document(otherwise: WireCode) -> ProblemDocument {
    let known = problems.first.flatMap { WireCode(rawValue: $0.code) }
    let detail = problems.first?.message ?? "nothing was changed; the old generation serves on"
    return ProblemDocument(known ?? otherwise, detail, errors: problems.map(\.json))
  }
}
