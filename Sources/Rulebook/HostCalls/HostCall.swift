package import Core
internal import Ledger

/// One thing a rule asks of the host, its arguments read and found good: the same in service, in specs and in replay.
package enum HostCall: Sendable, Equatable {
  /// What an account has available.
  case balance(AccountName)
  /// Money moved when the decision commits.
  case post(TransferRequest)
  /// Money held when the decision commits.
  case hold(TransferRequest)
  /// A hold made final.
  case settle(SettlementRequest)
  /// A hold is released.
  case void(SettlementRequest)
  /// A token signed after the commit.
  case sign(TokenRequest)
  /// What the trust graph says.
  case graph(GraphQuery)
  /// So much of what a period has.
  case take(LimitRequest)

  /// What a rule calls it.
  package var name: HostCallName {
    switch self {
    case .balance: .balance
    case .post: .post
    case .hold: .hold
    case .settle: .settle
    case .void: .void
    case .sign: .sign
    case .graph(.metrics): .metrics
    case .graph(.nullModel): .nullModel
    case .graph(.network): .network
    case .take: .take
    }
  }
}

extension HostCallProblem {
  /// The decision ends as refused by this code.
  init(_ refusal: HostRefusal, _ message: String) {
    self.init("\(refusal.rawValue): \(message)", code: .refused)
  }
}

/// A transfer as a rule asks for it; what its values must be beyond their types is the ledger's to say.
package struct TransferRequest: Sendable, Equatable {
  /// The account that is debited.
  package var from: AccountName
  /// The account that is credited.
  package var to: AccountName
  /// How much; never negative.
  package var amount: Amount
  /// What sort of movement it is.
  package var code = ""
  /// The rule's own reference.
  package var reference = ""
  /// The names and texts that the rule adds.
  package var metadata: [ExactText: String] = [:]
  /// Seconds until a hold expires; 0 for never, and for a transfer that is no hold.
  package var timeoutSeconds: UInt32 = 0

  /// What the ledger is asked.
  func event(_ kind: LedgerEvent.Kind, id: Identifier) -> LedgerEvent {
    var event = LedgerEvent(id: id, kind: kind)
    (event.from, event.to, event.amount) = (from, to, amount)
    (event.code, event.reference, event.metadata) = (code, reference, metadata)
    event.timeoutSeconds = timeoutSeconds
    return event
  }
}

/// What a rule asks to become of a hold.
package struct SettlementRequest: Sendable, Equatable {
  /// The id of the hold.
  package var hold: Identifier
  /// How much of it is moved, all of it when nil; without meaning for a hold that is released.
  package var amount: Amount?

  /// What the ledger is asked.
  func event(_ kind: LedgerEvent.Kind, id: Identifier) -> LedgerEvent {
    var event = LedgerEvent(id: id, kind: kind)
    event.pendingID = hold
    event.amount = amount
    return event
  }
}
