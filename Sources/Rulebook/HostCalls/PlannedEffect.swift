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
  /// The most bytes of the name of a limit.
  package static let limitNameBytes = 200
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

  /// The id of what is intended next.
  package var nextID: Identifier { Identifier(intent: list.count, of: id) }

  /// Adds what `call` asks of the ledger, and answers its id; nil when a hold must be looked up first. Of a hold that
  /// isn't this run's own, `hold` tells what is known. Throws `forbidden` for money that the decision may not debit, or
  /// credit. O(intents) for a settlement.
  package mutating func add(
    _ call: HostCall, hold: (Identifier) -> KnownHold?
  ) throws(HostCallProblem) -> Identifier? {
    let next = nextID
    var event: LedgerEvent
    switch call {
    case .post(let transfer): event = transfer.event(.posted, id: next)
    case .hold(let transfer): event = transfer.event(.pending, id: next)
    case .settle(let settlement): event = settlement.event(.post, id: next)
    case .void(let settlement): event = settlement.event(.void, id: next)
    case .balance, .sign, .graph, .take:
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
    if let counter = [event.from, event.to].lazy.compactMap(\.self).first(where: \.countsLimit) {
      throw HostCallProblem("'\(counter)' counts a limit: only host.limit.take moves it", code: .forbidden)
    }
    // What becomes of a hold was said when it was taken.
    if let to = event.to, event.pendingID == nil, !decision.mayCredit(to.text) {
      throw HostCallProblem(
        "\(decision.name) may not credit '\(to)': it isn't in its 'credits'", code: .forbidden)
    }
    list.append(PlannedEffect(call: call.name, event: event))
    return next
  }

  /// Adds what `request` takes of its limit, and answers what is left. `used` is what the ledger has counted in the
  /// period that `now` falls into, milliseconds since 1970. Throws `limit_exceeded` when too little is left.
  /// O(intents).
  package mutating func take(_ request: LimitRequest, used: Amount?, now: Int64) throws(HostCallProblem) -> JSON {
    let account = try request.account(at: now)
    if let used, used.asset != request.amount.asset {
      throw HostCallProblem("the limit '\(request.name)' counts \(used.asset.name); one name limits one thing")
    }
    let earlier = list.filter { $0.call == .take && $0.event.to == account }.compactMap(\.event.amount)
    guard earlier.allSatisfy({ $0.asset == request.amount.asset }) else {
      throw HostCallProblem("the limit '\(request.name)' counts something else; one name limits one thing")
    }
    let taken = earlier.reduce(used?.minor ?? 0) { $0.adding(saturating: $1.minor) }
    let left = request.most.minor.subtracting(saturating: taken)
    let standing = LimitStanding(
      left: Amount(left.subtracting(saturating: request.amount.minor), request.amount.asset),
      isCount: request.isCount, resetsAt: request.end(at: now))
    guard request.amount.minor <= left else {
      let rest = request.isCount ? "\(max(0, left))" : Amount(max(0, left), request.amount.asset).description
      throw HostCallProblem(
        .limitExceeded, "'\(request.name)' has \(rest) left of \(request.mostText) a \(request.period.rawValue)")
    }
    try add(request, of: account)
    return standing.json
  }

  /// Adds what `request` takes of its limit, without a look at what is left: of a run whose answers are known.
  package mutating func take(_ request: LimitRequest, now: Int64) throws(HostCallProblem) {
    try add(request, of: try request.account(at: now))
  }

  private mutating func add(_ request: LimitRequest, of account: AccountName) throws(HostCallProblem) {
    guard let world = AccountName("world") else { throw HostCallProblem("there is no world") }
    var event = LedgerEvent.posted(nextID, from: world, to: account, request.amount)
    event.limit = request.note
    // It is the host that counts; no rule may debit `world`.
    list.append(PlannedEffect(call: .take, event: event.asked(by: .operator)))
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

extension LimitRequest {
  /// `5`, or `20.00 USD/2`.
  fileprivate var mostText: String { isCount ? "\(most.minor)" : most.description }
}

extension AccountName {
  /// Whether it counts a limit.
  fileprivate var countsLimit: Bool { text.begins(with: LimitCounts.prefix + ":") }
}
