package import Core
package import Decisions
package import Rulebook

extension RulebookStatus {
  /// As `GET /v1/rulebook` has it.
  package var json: JSON {
    var object = JSON.Object([
      ("generation", .integer(Int64(generation))), ("digest", .string(digest)),
      ("activated_milliseconds", .integer(activatedMilliseconds)), ("lanes", .integer(Int64(lanes))),
      ("plugins", .array(plugins.map(\.json))), ("retained", .array(retained.map { .integer(Int64($0)) })),
      (
        "last_reload",
        [
          "successful": .bool(lastReloadProblems.isEmpty), "problems": .array(lastReloadProblems.map(\.problem)),
        ]
      ),
    ])
    object["reload"] = reload?.json
    return .object(object)
  }
}

extension ReloadReport {
  /// `{"outcome","message","doubts"}`
  package var json: JSON {
    [
      "outcome": .string(outcome.rawValue), "message": .string(text), "doubts": .array(doubts.map(\.problem)),
    ]
  }
}

extension PluginStatus {
  /// `{"name","version","decisions"}`
  package var json: JSON {
    ["name": .string(name), "version": .string(version), "decisions": .array(decisions.map { .string($0) })]
  }
}

extension DecisionDescription {
  /// As `GET /v1/decisions` has it.
  package var json: JSON {
    var object = JSON.Object([
      ("name", .string(name)), ("plugin", .string(plugin)), ("summary", .string(summary)), ("input", input),
      ("output", output), ("uses", .array(uses.map { .string($0) })), ("debits", .array(debits.map { .string($0) })),
    ])
    object["credits"] = credits.map { .array($0.map { .string($0) }) }
    object["refusals"] = refusals.map {
      .array($0.map { ["code": .string($0.code), "summary": .string($0.summary)] as JSON })
    }
    object["operators"] = .bool(operators)
    return .object(object)
  }
}
