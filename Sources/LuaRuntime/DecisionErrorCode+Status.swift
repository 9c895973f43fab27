internal import CLuaBridge
internal import Core

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
