package import Core
package import LuaRuntime

/// One host call of a decision with the answer it got.
package struct RecordedCall: Sendable, Equatable {
  /// What the host answered the rule.
  package enum Answer: Sendable, Equatable {
    case value(JSON)
    case failure(DecisionErrorCode, String)
  }

  /// The name of the call: `ledger.balance`
  package var call: String
  /// The arguments, an array.
  package var arguments: JSON
  /// The answer that the rule got.
  package var answer: Answer

  /// A call; nil when its answer was that it must be fetched, as that ends a run which is not recorded.
  package init?(call: String, arguments: JSON, answer: HostAnswer) {
    self.call = call
    self.arguments = arguments
    switch answer {
    case .value(let bytes): self.answer = .value((try? JSON(parsing: bytes, limits: RecordLimits.parsing)) ?? .null)
    case .failure(let code, let message): self.answer = .failure(code, message)
    case .fetch: return nil
    }
  }

  /// The arguments as they are kept: the text itself of what is no JSON to the host. O(size).
  static func kept(_ arguments: [UInt8]) -> JSON {
    (try? JSON(parsing: arguments, limits: RecordLimits.parsing)) ?? .string(String(decoding: arguments, as: UTF8.self))
  }

  /// `{"call","arguments","answer"}`, or with `"error":{"code","message"}` in place of the answer.
  package var json: JSON {
    switch answer {
    case .value(let value): ["call": .string(call), "arguments": arguments, "answer": value]
    case .failure(let code, let message):
      [
        "call": .string(call), "arguments": arguments,
        "error": ["code": .string(code.rawValue), "message": .string(message)],
      ]
    }
  }

  /// Reads ``json`` back; nil when it isn't that.
  package init?(json: JSON) {
    guard let call = json["call"]?.string, let arguments = json["arguments"] else { return nil }
    self.call = call
    self.arguments = arguments
    if let value = json["answer"] {
      answer = .value(value)
    } else if let error = json["error"], let code = error["code"]?.string.flatMap(DecisionErrorCode.init(rawValue:)),
      let message = error["message"]?.string
    {
      answer = .failure(code, message)
    } else {
      return nil
    }
  }

  /// The version of the graph's snapshot that answered; nil for a call that didn't reach the graph.
  package var snapshot: Int64? {
    guard call.begins(with: "graph."), case .value(let value) = answer else { return nil }
    return value["snapshot"]?.integer
  }

  /// What the rule got, as a handler gives it.
  package var hostAnswer: HostAnswer {
    switch answer {
    case .value(let value): .value(value.bytes)
    case .failure(let code, let message): .failure(code, message)
    }
  }
}
