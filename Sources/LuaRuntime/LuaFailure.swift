internal import CLuaBridge
package import Core

/// Why Lua code did not load, or did not decide.
package struct LuaFailure: Error, Sendable, Equatable {
  /// What kind of failure it is.
  package var code: DecisionErrorCode
  /// One line: what happened, beginning with `file:line:` where that is known.
  package var message: String
  /// The code a rule gave its refusal, or the ledger's reason.
  package var reason: String?
  /// The file of the rulebook it happened in.
  package var file: String?
  /// The line in that file, from 1.
  package var line: Int?
  /// The call stack, innermost first, one frame an element.
  package var traceback: [String]

  /// A failure; everything beyond its code and message may be left out.
  package init(
    code: DecisionErrorCode, message: String, reason: String? = nil, file: String? = nil, line: Int? = nil,
    traceback: [String] = []
  ) {
    self.code = code
    self.message = message
    self.reason = reason
    self.file = file
    self.line = line
    self.traceback = traceback
  }

  /// `{"code","message","reason","file","line","traceback"}`; what is not known is left out.
  package var json: JSON {
    var object = JSON.Object([
      (name: "code", value: .string(code.rawValue)), (name: "message", value: .string(message)),
    ])
    object["reason"] = reason.map { .string($0) }
    object["file"] = file.map { .string($0) }
    object["line"] = line.map { .integer(Int64($0)) }
    if !traceback.isEmpty { object["traceback"] = .array(traceback.map { .string($0) }) }
    return .object(object)
  }
}

extension DecisionErrorCode {
  /// The bridge's status; nil for `CLB_OK` and `CLB_FETCH`, which are no failures.
  init?(_ status: clb_status) {
    switch status {
    case CLB_INVALID_INPUT: self = .invalidInput
    case CLB_INVALID_OUTPUT: self = .invalidOutput
    case CLB_RUNTIME: self = .runtime
    case CLB_FUEL_EXHAUSTED: self = .fuelExhausted
    case CLB_MEMORY_EXHAUSTED: self = .memoryExhausted
    case CLB_DEADLINE: self = .deadline
    case CLB_FORBIDDEN: self = .forbidden
    case CLB_UNKNOWN_DECISION: self = .unknownDecision
    case CLB_REFUSED: self = .refused
    case CLB_CONFLICT: self = .conflict
    default: return nil
    }
  }

  var status: clb_status {
    switch self {
    case .invalidInput: CLB_INVALID_INPUT
    case .invalidOutput: CLB_INVALID_OUTPUT
    case .runtime: CLB_RUNTIME
    case .fuelExhausted: CLB_FUEL_EXHAUSTED
    case .memoryExhausted: CLB_MEMORY_EXHAUSTED
    case .deadline: CLB_DEADLINE
    case .forbidden: CLB_FORBIDDEN
    case .unknownDecision: CLB_UNKNOWN_DECISION
    case .refused: CLB_REFUSED
    case .conflict: CLB_CONFLICT
    }
  }
}
