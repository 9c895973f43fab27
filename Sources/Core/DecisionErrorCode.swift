/// The reason why a decision failed. The raw value is the code on the wire.
package enum DecisionErrorCode: String, Sendable, CaseIterable {
  /// The input doesn't fit the decision's schema.
  case invalidInput = "invalid_input"
  /// The result doesn't fit the decision's schema.
  case invalidOutput = "invalid_output"
  /// The rule raised an error.
  case runtime
  /// The run reached the limit on its deterministic cost.
  case fuelExhausted = "fuel_exhausted"
  /// The machine reached its memory limit.
  case memoryExhausted = "memory_exhausted"
  /// The run passed its deadline on the wall clock.
  case deadline
  /// The rule made a host call that it doesn't declare, or that no rule may make.
  case forbidden
  /// No plugin offers this decision.
  case unknownDecision = "unknown_decision"
  /// The rule refused the request, or the ledger refused one of its transfers.
  case refused
  /// The balances that the decision read changed during each of its runs.
  case conflict

  /// Whether a decision that ends so ends by a fault of its rule, and not by what was asked or by what others did.
  package var isFaultOfRule: Bool {
    switch self {
    case .invalidOutput, .runtime, .fuelExhausted, .memoryExhausted, .deadline, .forbidden: true
    case .invalidInput, .unknownDecision, .refused, .conflict: false
    }
  }
}
