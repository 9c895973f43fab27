package import Core

/// Who asks for an event.
package enum Authority: Sendable, Equatable {
  /// May debit `world` and change accounts.
  case `operator`
  /// May neither debit `world` nor change accounts.
  case rule
}

/// What a caller asks of the ledger: one transfer, resolution, reversal or account change.
package struct LedgerEvent: Sendable, Equatable {
  /// What is asked. The raw value is the name on the wire; `reversal` and `account` have routes of their own.
  package enum Kind: String, Sendable, CaseIterable {
    case posted, pending, post, void, reversal, account
  }

  /// Chosen by the caller before sending; the same id again is the same event again.
  package var id: Identifier
  package var kind: Kind
  /// Who asks for it. It is no part of what makes an event the same again.
  package var authority = Authority.rule
  /// The account debited. A post or void may leave it out and means the hold's. Of an `account` event, the account.
  package var from: AccountName?
  /// The account credited. A post or void may leave it out and means the hold's.
  package var to: AccountName?
  /// A post without one posts the whole hold; a void ignores it.
  package var amount: Amount?
  /// The hold that a post or void resolves.
  package var pendingID: Identifier?
  /// The entry that a reversal takes back.
  package var reverses: Identifier?
  /// Seconds until a hold expires; 0 for never.
  package var timeoutSeconds: UInt32 = 0
  /// Whether the next event belongs to the same chain.
  package var isLinked = false
  /// What sort of movement it is, in the caller's terms.
  package var code = ""
  /// The caller's own reference.
  package var reference = ""
  /// The caller's pairs; keys must not begin with `_`.
  package var metadata: [ExactText: String] = [:]
  /// The new floor of an `account` event, minor units, ≤ 0.
  package var floor: Int64?
  /// What an `account` event sets `closed` to.
  package var isClosed: Bool?
  /// Which limit it counts, as the entry says in `_limit`; empty when it counts none. Only the host sets it.
  package var limit = ""

  /// An event of this kind with nothing else set.
  package init(id: Identifier, kind: Kind) {
    self.id = id
    self.kind = kind
  }
}

extension LedgerEvent {
  /// The same, asked for by `authority`.
  package func asked(by authority: Authority) -> LedgerEvent {
    var event = self
    event.authority = authority
    return event
  }

  /// Money moved at once.
  package static func posted(
    _ id: Identifier, from: AccountName, to: AccountName, _ amount: Amount, reference: String = "",
    metadata: [ExactText: String] = [:]
  ) -> LedgerEvent {
    var event = LedgerEvent(id: id, kind: .posted)
    (event.from, event.to, event.amount) = (from, to, amount)
    (event.reference, event.metadata) = (reference, metadata)
    return event
  }

  /// Money set aside, for `timeoutSeconds` or, when that is 0, until resolved.
  package static func pending(
    _ id: Identifier, from: AccountName, to: AccountName, _ amount: Amount, timeoutSeconds: UInt32 = 0
  ) -> LedgerEvent {
    var event = posted(id, from: from, to: to, amount)
    event.kind = .pending
    event.timeoutSeconds = timeoutSeconds
    return event
  }

  /// The hold `pendingID` made final: `amount` of it, all of it when nil.
  package static func post(_ id: Identifier, _ pendingID: Identifier, _ amount: Amount? = nil) -> LedgerEvent {
    var event = LedgerEvent(id: id, kind: .post)
    event.pendingID = pendingID
    event.amount = amount
    return event
  }

  /// The hold `pendingID` released.
  package static func void(_ id: Identifier, _ pendingID: Identifier) -> LedgerEvent {
    var event = LedgerEvent(id: id, kind: .void)
    event.pendingID = pendingID
    return event
  }

  /// A change of an account's floor, its being closed, or both.
  package static func account(
    _ id: Identifier, _ name: AccountName, floor: Int64? = nil, isClosed: Bool? = nil
  ) -> LedgerEvent {
    var event = LedgerEvent(id: id, kind: .account)
    event.from = name
    event.floor = floor
    event.isClosed = isClosed
    return event
  }
}
