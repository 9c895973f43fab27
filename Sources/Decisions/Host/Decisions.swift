/// The rules, as the rest of the host asks them: one question, one answer.
package protocol Decisions: Sendable {
  /// Decides. Returns when the decision and its effects are durable; the record of one without effects is the system's
  /// then.
  /// Throws why there is no answer: the rule's refusal, the ledger's, or that the host can't decide now.
  func decide(_ question: Question) async throws(DecisionFailure) -> Decided
}
