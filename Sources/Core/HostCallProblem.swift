/// Why a host call fails while the rule runs: its arguments are wrong, it isn't allowed, or the host can't answer.
package struct HostCallProblem: Error, Sendable, Equatable {
  /// The code that the decision fails with.
  package var code: DecisionErrorCode
  /// What is wrong and what to do, naming the field.
  package var message: String

  /// A failure of this kind; `runtime` is a misuse of the call, or an answer that can't be given.
  package init(_ message: String, code: DecisionErrorCode = .runtime) {
    self.code = code
    self.message = message
  }

  /// A call that the decision hasn't declared, which the machine has refused already.
  package static func undeclared(by decision: String) -> HostCallProblem {
    HostCallProblem("\(decision) doesn't declare this host call in 'uses'", code: .forbidden)
  }
}
