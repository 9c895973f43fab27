internal import Core
internal import Decisions
internal import Rulebook
internal import Synchronization

/// What the document says of the decisions that the rulebook has: they are asked for at the decision port, so they are
/// no paths of this one, but their inputs, results and refusals are components of it.
extension OpenAPIDocument {
  /// The document whose paths are in `document`, with these decisions. O(document + decisions).
  static func json(_ document: JSON, with decisions: [DecisionDescription]) -> JSON {
    var whole = document.object ?? JSON.Object()
    var components = whole["components"]?.object ?? JSON.Object()
    var schemas = components["schemas"]?.object ?? JSON.Object()
    var index = JSON.Object()
    for decision in decisions {
      var parts = JSON.Object([("plugin", .string(decision.plugin)), ("summary", .string(decision.summary))])
      for (part, schema) in [
        ("Input", decision.input), ("Output", decision.output), ("Refusal", refusal(of: decision)),
      ] {
        let name = "\(decision.name).\(part)"
        schemas[name] = schema
        parts.append(part.lowercased(), APISchemas.reference(name))
      }
      index.append(decision.name, .object(parts))
    }
    components["schemas"] = .object(schemas)
    whole["components"] = .object(components)
    whole["x-decisions"] = .object(index)
    return .object(whole)
  }

  /// A problem whose `reason` is a code that the decision declares, or what a host call ends it with.
  private static func refusal(of decision: DecisionDescription) -> JSON {
    let properties: JSON = ["code": ["const": .string(WireCode.refused.rawValue)], "reason": reason(of: decision)]
    return [
      "allOf": [
        APISchemas.reference("Problem"),
        ["type": "object", "properties": properties, "required": ["code", "reason"]],
      ]
    ]
  }

  private static func reason(of decision: DecisionDescription) -> JSON {
    guard let declared = decision.refusals else {
      return ["type": "string", "description": "it declares no refusals, so it may refuse by any"]
    }
    var reasons: [JSON] = declared.map { refusal in
      var reason = JSON.Object([("const", .string(refusal.code))])
      if !refusal.summary.isEmpty { reason.append("description", .string(refusal.summary)) }
      return .object(reason)
    }
    reasons.append([
      "const": .string(HostRefusal.illegalAccount.rawValue), "description": "a text of the input makes no account",
    ])
    let calls = decision.uses.filter { HostCallName(rawValue: $0)?.hasEffect ?? false }
    if calls.contains(HostCallName.take.rawValue) {
      reasons.append([
        "const": .string(HostRefusal.limitExceeded.rawValue), "description": "a period has too little left",
      ])
    }
    if calls.contains(where: { $0.begins(with: "ledger.") }) {
      reasons.append(["type": "string", "description": "why the ledger refuses what it asks"])
    }
    return ["anyOf": .array(reasons)]
  }
}

/// The document in bytes, made anew when the rulebook changes. Safe to use from any thread.
final class DescribedDecisions: Sendable {
  private let document: JSON
  private let control: any HostControl
  private let made = Mutex<(digest: String, bytes: [UInt8])?>(nil)

  /// The document with the decisions that `control` has.
  init(_ document: JSON, _ control: any HostControl) {
    self.document = document
    self.control = control
  }

  /// O(1) while the rulebook stays, else O(document + decisions).
  var bytes: [UInt8] {
    // Asked first: decisions of a newer rulebook under an older digest are made again at the next request.
    let digest = control.status.digest
    if let made = made.withLock({ $0 }), made.digest == digest { return made.bytes }
    let bytes = OpenAPIDocument.json(document, with: control.decisions).bytes
    made.withLock { $0 = (digest, bytes) }
    return bytes
  }
}
