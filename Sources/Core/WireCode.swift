/// Every error code that a client can meet. The raw value is the code on the wire.
package enum WireCode: String, Sendable, CaseIterable {
  // Decisions, see `DecisionErrorCode`.

  /// The input doesn't fit the decision's schema, or a field of the request isn't what it must be.
  case invalidInput = "invalid_input"
  /// The result doesn't fit the decision's schema.
  case invalidOutput = "invalid_output"
  /// The rule raised an error.
  case runtime
  /// The run reached its limit of fuel.
  case fuelExhausted = "fuel_exhausted"
  /// The run reached its limit of memory.
  case memoryExhausted = "memory_exhausted"
  /// The run took too long.
  case deadline
  /// The caller, or the rule, may not do this.
  case forbidden
  /// No plugin offers this decision.
  case unknownDecision = "unknown_decision"
  /// The rule, the ledger or the host refused, with a `reason` of its own.
  case refused
  /// What was read changed meanwhile.
  case conflict

  // The server.

  /// The bytes are no HTTP/1.1 request, or no JSON where JSON is due.
  case malformedRequest = "malformed_request"
  /// There is no valid token.
  case unauthorized
  /// An access or refresh token is not valid.
  case invalidToken = "invalid_token"
  /// Too many tries in too short a time.
  case tooManyRequests = "too_many_requests"
  /// Nothing has this path or this id.
  case notFound = "not_found"
  /// No citizen of this name is in the trust graph.
  case unknownCitizen = "unknown_citizen"
  /// The path knows other methods.
  case methodNotAllowed = "method_not_allowed"
  /// The client was too slow.
  case requestTimeout = "request_timeout"
  /// There is no generation before the one that serves.
  case nothingToRollBack = "nothing_to_roll_back"
  /// The body is over the limit.
  case bodyTooLarge = "body_too_large"
  /// The route doesn't read bodies of this kind.
  case unsupportedMediaType = "unsupported_media_type"
  /// The rulebook's files don't make a generation.
  case loadFailed = "load_failed"
  /// The rulebook's files can't be written by this host.
  case rulebookReadOnly = "rulebook_read_only"
  /// Governance is in force, and nobody signed this.
  case unsigned
  /// The head is over the limit.
  case headTooLarge = "head_too_large"
  /// A bug of the host.
  case `internal`
  /// The host can't do this now, or not at all.
  case unavailable
  /// Holders of keys suspended the decision in an emergency.
  case suspended
  /// As many connections are open as there may be.
  case tooManyConnections = "too_many_connections"
}

extension DecisionErrorCode {
  /// What clients meet it as.
  package var wireCode: WireCode {
    switch self {
    case .invalidInput: .invalidInput
    case .invalidOutput: .invalidOutput
    case .runtime: .runtime
    case .fuelExhausted: .fuelExhausted
    case .memoryExhausted: .memoryExhausted
    case .deadline: .deadline
    case .forbidden: .forbidden
    case .unknownDecision: .unknownDecision
    case .refused: .refused
    case .conflict: .conflict
    }
  }
}
