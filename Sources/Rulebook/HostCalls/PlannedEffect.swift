package import Core
package import Ledger

/// Something a rule wants the ledger to do when its decision commits.
package struct PlannedEffect: Sendable, Equatable {
  /// The host call that planned it.
  package var call: HostCallName
  /// What the ledger is asked. Of a settlement, `from` is whose money the hold keeps; nil when there is no such hold.
  package var event: LedgerEvent
}

/// The limits on the host calls of one decision.
package enum HostCallLimits {
  /// The most tokens that one decision may have signed.
  package static let tokens = 16
}

/// What one run of a decision intends, call by call. A value that decides; nothing is done.
package struct PlannedEffects: Sendable {
  /// What was intended so far, in that order.
  package private(set) var list: [PlannedEffect] = []
  /// The tokens that were asked for, in that order.
  package private(set) var tokens: [TokenRequest] = []

  private let decision: DecisionDefinition
  private let id: Identifier

  /// What a run of `decision` under `id` intends: nothing yet.
  package init(of decision: DecisionDefinition, id: Identifier) {
    self.decision = decision
    self.id = id
  }

  /// Adds what `call` asks of the ledger, and answers its id; nil when a hold must be looked up first. Of a hold that
  /// isn't this run's own, `hold` tells what is known. Throws `forbidden` for money that the decision may not debit, or
  /// credit. O(intents) for a settlement.
  package mutating func add(
    _ call: HostCall, hold: (Identifier) -> KnownHold?
  ) throws(HostCallProblem) -> Identifier? {
    let next = Identifier(intent: list.count, of: id)
    var event: LedgerEvent
    switch call {
    case .post(let transfer): event = transfer.event(.posted, id: next)
    case .hold(let transfer): event = transfer.event(.pending, id: next)
    case .settle(let settlement): event = settlement.event(.post, id: next)
    case .void(let settlement): event = settlement.event(.void, id: next)
    case .balance, .sign, .graph:
      throw HostCallProblem("\(call.name.rawValue) asks nothing of the ledger", code: .forbidden)
    }
    if let pending = event.pendingID {
      guard let known = own(pending) ?? hold(pending) else { return nil }
      if case .keeps(let from) = known { event.from = from }
    }
    if let from = event.from, from.isWorld || !decision.mayDebit(from.text) {
      throw HostCallProblem(
        "\(decision.name) may not debit '\(from)': it isn't in its 'debits'", code: .forbidden)
    }
    // What becomes of a hold was said when it was taken.
    if let to = event.to, event.pendingID == nil, !decision.mayCredit(to.text) {
      throw HostCallProblem(
        "\(decision.name) may not credit '\(to)': it isn't in its 'credits'", code: .forbidden)
    }
    list.append(PlannedEffect(call: call.name, event: event))
    return next
  }

  private func own(_ hold: Identifier) -> KnownHold? {
    list.first { $0.event.id == hold }?.event.from.map { .keeps($0) }
  }

  /// Adds a token to be signed, and answers its id. Throws when there are too many.
  package mutating func add(token request: TokenRequest) throws(HostCallProblem) -> Identifier {
    guard tokens.count < HostCallLimits.tokens else {
      throw HostCallProblem("a decision has at most \(HostCallLimits.tokens) tokens signed")
    }
    tokens.append(request)
    // After every transfer that a decision may have, so that the ids of both stay what they are.
    return Identifier(intent: 1 << 32 + tokens.count - 1, of: id)
  }
}
