package import Core

/// One question to the rules.
package struct Question: Sendable {
  /// What the rule is given.
  package enum Input: Sendable, Equatable {
    /// The input itself, without an envelope.
    case value(JSON)
    /// A body as it came, which should be `{"input":…}`.
    case sent([UInt8])
  }

  /// The name of the decision: `treasury.redistribute`
  package var point: String
  /// What the rule is given.
  package var input: Input
  /// Who asks, for the record; empty when nobody said.
  package var requester: String
  /// The idempotency key, which becomes the decision's id: asking again under it gives the first answer. Nil makes a
  /// fresh id.
  package var key: Identifier?
  /// The number of the generation that must decide; nil leaves it to the one that serves. Another one fails, see
  /// ``DecisionFailure/isOfAnotherGeneration``.
  package var generation: Int?
  /// What the host books in the same chain; only the host's own routes ask for such.
  package var booking: HostBooking?
  /// The trace that the question is part of; nil when it is part of none.
  package var trace: TraceContext?
  /// The id of the request that asks; nil when none does.
  package var request: RequestID?

  /// A question about `point`, of the request that the task serves.
  package init(
    _ point: String, _ input: Input, requester: String = "", key: Identifier? = nil, generation: Int? = nil,
    booking: HostBooking? = nil, trace: TraceContext? = Correlation.current?.trace,
    request: RequestID? = Correlation.current?.id
  ) {
    self.point = point
    self.input = input
    self.requester = requester
    self.key = key
    self.generation = generation
    self.booking = booking
    self.trace = trace
    self.request = request
  }
}
