/// What is done in the background once for all hosts, whichever of them does it.
package enum SharedWork: String, Sendable, CaseIterable {
  /// Holds whose time is over are released.
  case sweep
  /// Checkpoints of the ledger are signed.
  case checkpoints
  /// Trust decays by the days that have passed.
  case decay
  /// Records that are old are removed.
  case retention
  /// Tables for the records of the days to come are made.
  case recordDays = "record_days"
}

/// A turn at some work, which nobody else has until it ends.
package struct WorkTurn: Sendable, Equatable {
  /// The work that is done in the turn.
  package var work: SharedWork
  /// Tells this turn from all others.
  package var token: Identifier

  /// The turn `token` at `work`.
  package init(_ work: SharedWork, token: Identifier) {
    self.work = work
    self.token = token
  }
}

/// Says which of several hosts does what is to be done once. What is claimed should still do no harm twice: a host that
/// stands still for longer than its turn goes on beside the next one.
package protocol WorkTurns: Sendable {
  /// A turn of so long at most; nil while somebody else has one, or the work isn't due.
  func claim(_ work: SharedWork, for turn: Duration) async throws(StoreError) -> WorkTurn?
  /// The work is done, and due again after `pause`; nothing changes when the turn was over and somebody else has one.
  func finish(_ claim: WorkTurn, pause: Duration) async throws(StoreError)
}

extension WorkTurns {
  /// Does what `body` does when it is this host's turn, which ends with it; nil when it isn't. After a failure the work
  /// is due at once, for whoever comes first.
  package func once<Value>(
    _ work: SharedWork, for turn: Duration, pause: Duration, _ body: () async throws -> Value
  ) async throws -> Value? {
    guard let claim = try await claim(work, for: turn) else { return nil }
    do {
      let value = try await body()
      try await finish(claim, pause: pause)
      return value
    } catch {
      try? await finish(claim, pause: .zero)
      throw error
    }
  }
}

/// A host by itself, whose turn it always is.
package struct OwnWork: WorkTurns {
  /// Claims of a host by itself.
  package init() {}

  /// It is always the turn of a host by itself.
  package func claim(_ work: SharedWork, for turn: Duration) async throws(StoreError) -> WorkTurn? {
    WorkTurn(work, token: Identifier(high: 0, low: 0))
  }

  /// Nothing is to be noted.
  package func finish(_ claim: WorkTurn, pause: Duration) async throws(StoreError) {}
}
