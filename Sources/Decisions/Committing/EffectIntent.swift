internal import Core
package import Ledger

/// Why a rule's call for an effect is refused while the rule runs.
struct IntentProblem: Error {
  var code: DecisionErrorCode
  var message: String
}

/// Something a rule wants done when its decision commits.
package struct EffectIntent: Sendable, Equatable {
  /// The host call: `ledger.post`
  package var call: String
  /// What the ledger is asked. Of a settlement, `from` is whose money the hold keeps; nil when there is no such hold.
  package var event: LedgerEvent

  /// Reads the argument of a ledger call. O(size).
  init(call: String, argument: JSON, id: Identifier) throws(IntentProblem) {
    guard argument.object != nil else { throw IntentProblem(code: .runtime, message: "takes a table") }
    self.call = call
    switch call {
    case "ledger.post": event = try Self.transfer(.posted, argument, id)
    case "ledger.hold": event = try Self.transfer(.pending, argument, id)
    case "ledger.settle": event = try Self.settlement(.post, argument, id)
    case "ledger.void": event = try Self.settlement(.void, argument, id)
    default: throw IntentProblem(code: .forbidden, message: "the host does not answer this call")
    }
  }

  private static func transfer(
    _ kind: LedgerEvent.Kind, _ argument: JSON, _ id: Identifier
  ) throws(IntentProblem) -> LedgerEvent {
    let common = ["from", "to", "amount", "code", "reference", "metadata"]
    try refuseUnknown(argument, kind == .pending ? common + ["timeout_seconds"] : common)
    var event = LedgerEvent(id: id, kind: kind)
    event.from = try account("from", argument)
    event.to = try account("to", argument)
    event.amount = try amount(argument)
    event.code = try text("code", argument)
    event.reference = try text("reference", argument)
    event.metadata = try metadata(argument)
    if let timeout = argument["timeout_seconds"], timeout != .null {
      guard let seconds = timeout.integer.flatMap({ UInt32(exactly: $0) }) else {
        throw IntentProblem(code: .runtime, message: "'timeout_seconds' must be a whole number of seconds")
      }
      event.timeoutSeconds = seconds
    }
    return event
  }

  private static func settlement(
    _ kind: LedgerEvent.Kind, _ argument: JSON, _ id: Identifier
  ) throws(IntentProblem) -> LedgerEvent {
    try refuseUnknown(argument, ["hold", "amount"])
    guard let hold = argument["hold"]?.string.flatMap({ Identifier($0) }) else {
      throw IntentProblem(code: .runtime, message: "'hold' must be the id of a hold")
    }
    var event = LedgerEvent(id: id, kind: kind)
    event.pendingID = hold
    if let given = argument["amount"], given != .null { event.amount = try amount(argument) }
    return event
  }

  private static func refuseUnknown(_ argument: JSON, _ known: [String]) throws(IntentProblem) {
    for member in argument.object?.members ?? [] where !known.contains(member.name) {
      throw IntentProblem(code: .runtime, message: "unknown field '\(member.name)'")
    }
  }

  private static func account(_ side: String, _ argument: JSON) throws(IntentProblem) -> AccountName {
    guard let name = argument[side]?.string.flatMap({ AccountName($0) }) else {
      throw IntentProblem(code: .runtime, message: "'\(side)' must be an account's name")
    }
    return name
  }

  private static func amount(_ argument: JSON) throws(IntentProblem) -> Amount {
    guard let amount = Amount(json: argument["amount"]), amount.minor >= 0 else {
      throw IntentProblem(code: .runtime, message: "'amount' must be an amount that isn't negative")
    }
    return amount
  }

  private static func text(_ name: String, _ argument: JSON) throws(IntentProblem) -> String {
    guard let value = argument[name], value != .null else { return "" }
    guard let text = value.string else { throw IntentProblem(code: .runtime, message: "'\(name)' must be a string") }
    return text
  }

  private static func metadata(_ argument: JSON) throws(IntentProblem) -> [String: String] {
    guard let value = argument["metadata"], value != .null else { return [:] }
    // An empty Lua table has no members of either sort.
    if value == .array([]) { return [:] }
    var pairs: [String: String] = [:]
    for member in value.object?.members ?? [] { pairs[member.name] = member.value.string }
    guard let count = value.object?.members.count, pairs.count == count else {
      throw IntentProblem(code: .runtime, message: "'metadata' must be a table of strings by name")
    }
    return pairs
  }
}
