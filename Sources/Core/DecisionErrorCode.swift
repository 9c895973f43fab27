/// Why a decision was not made. The raw value is the code on the wire.
package enum DecisionErrorCode: String, Sendable, CaseIterable {
  /// The input doesn't fit the decision's schema.
  case invalidInput = "invalid_input"
  /// The result doesn't fit the decision's schema.
  case invalidOutput = "invalid_output"
  /// The rule raised an error.
  case runtime
  /// The deterministic cost limit was reached.
  case fuelExhausted = "fuel_exhausted"
  /// The memory limit was reached.
  case memoryExhausted = "memory_exhausted"
  /// The clock ran out.
  case deadline
  /// The rule asked for what it hasn't declared, or what no rule may have.
  case forbidden
  /// No plugin offers this decision.
  case unknownDecision = "unknown_decision"
  /// The rule, or the ledger under it, said no.
  case refused
  /// What the decision read changed too often while it was made.
  case conflict
}
