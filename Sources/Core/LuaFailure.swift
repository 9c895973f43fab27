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

  /// `{"error":{"code","message","reason"}}`: the failure in place of a result.
  package var answer: JSON {
    var error = JSON.Object([
      (name: "code", value: .string(code.rawValue)), (name: "message", value: .string(message)),
    ])
    error["reason"] = reason.map { .string($0) }
    return ["error": .object(error)]
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
