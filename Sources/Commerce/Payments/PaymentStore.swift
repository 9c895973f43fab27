package import Core

/// Where payments, events and credits on their way are kept. What it returns from a change is durable. The truth about
/// money stands in the ledger: what is lost here between two steps is found again from there and from the provider.
///
/// Each call is one transaction. Several hosts may share a store: a payment's revision keeps one from overwriting what
/// it never saw, and a claim keeps two from doing the same work at the same time. A claim is a courtesy with an end, no
/// lock: whoever works on must be safe without it, too.
package protocol PaymentStore: Sendable {
  /// Keeps a new payment as revision 1, with the number of its citizen's others that are unfinished, or answers what
  /// stands in its way.
  func insert(_ payment: Payment) async throws(StoreError) -> PaymentInsertion
  /// Keeps a payment as it is now, and in the same transaction the credit that goes to Venice for it, once. Answers it
  /// with its next revision. Throws `conflict`, with nothing written, when another revision than `revision` is kept, or
  /// none.
  func update(
    _ payment: Payment, ifRevision revision: Int64, credit: DucatCredit?
  ) async throws(StoreError) -> Payment
  /// The payment of this id.
  func payment(_ id: Identifier) async throws(StoreError) -> Payment?
  /// The payment whose intent has this name.
  func payment(intent: String) async throws(StoreError) -> Payment?
  /// Payments with a lower id than `before`, or all, those with the highest ids first: the latest, as an id begins with
  /// its time.
  func payments(before id: Identifier?, limit: Int) async throws(StoreError) -> [Payment]
  /// Unfinished payments that last changed at or before `time` (milliseconds since 1970), by id, behind `id`.
  func unfinished(
    until time: Int64, after id: Identifier?, limit: Int
  ) async throws(StoreError) -> [Payment]

  /// Keeps an event, whose body had this SHA-256, unless its id is known.
  func insert(_ event: PaymentEvent, digest: [UInt8], now: Int64) async throws(StoreError) -> EventInsertion
  /// Notes that everything an event hinted at was done.
  func finish(event id: String) async throws(StoreError)
  /// Events that came at or before `time` and aren't finished, by id, behind `id`.
  func unfinishedEvents(
    until time: Int64, after id: String?, limit: Int
  ) async throws(StoreError) -> [PaymentEvent]

  /// Claims credits that are due at `time` and that nobody else has claimed, oldest first.
  func claimDueCredits(at time: Int64, limit: Int, for claim: WorkClaim) async throws(StoreError) -> [QueuedCredit]
  /// Notes how a sending went, which ends the claim on it.
  func update(_ credit: QueuedCredit) async throws(StoreError)
  /// How many credits are still to be sent, and since when the oldest is. O(credits that wait).
  func waitingCredits() async throws(StoreError) -> WaitingCredits

  /// Claims work, or makes an own claim last longer: whether nobody else has a claim on it at `time`, milliseconds
  /// since 1970.
  func claim(_ work: PaymentWork, for claim: WorkClaim, at time: Int64) async throws(StoreError) -> Bool
  /// Ends the owner's claim on the work, if there is one.
  func release(_ work: PaymentWork, by owner: Identifier) async throws(StoreError)
}

/// Who does a piece of work, and until when nobody else should.
package struct WorkClaim: Sendable, Equatable {
  /// A host's own id, made at its start.
  package var owner: Identifier
  /// When it ends by itself; milliseconds since 1970.
  package var until: Int64

  package init(owner: Identifier, until: Int64) {
    self.owner = owner
    self.until = until
  }
}

/// What one host at a time should do.
package enum PaymentWork: Sendable, Hashable {
  /// To take this payment further.
  case payment(Identifier)
  /// The reconciler's round, which one host makes at a time.
  case round

  /// Its name in a store.
  package var name: String {
    switch self {
    case .payment(let id): "payment " + id.description
    case .round: "round"
    }
  }
}

/// What became of a new payment.
package enum PaymentInsertion: Sendable, Equatable {
  /// It is kept, like this.
  case inserted(Payment)
  /// There is one with its id, maybe the same.
  case exists(Payment)
  /// Another payment has used its quote.
  case quoteUsed
}

/// What became of an event.
package enum EventInsertion: Sendable, Equatable {
  /// The payment was new and is kept now.
  case inserted
  /// It came before with the same body.
  case repeated(isFinished: Bool)
  /// It came before with another body, which is kept.
  case conflicting
}

/// A credit on its way to Venice.
package struct QueuedCredit: Sendable, Equatable {
  /// Where a credit stands. The raw value is kept.
  package enum State: String, Sendable {
    /// The ducats are still to be sent.
    case waiting
    /// Venice has acknowledged the ducats; final.
    case acknowledged
    /// It must not be sent again; an operator must look.
    case refused
  }

  /// The ducats to send, and to whom.
  package let credit: DucatCredit
  /// How far the sending has come.
  package var state = State.waiting
  /// How often it was sent in vain.
  package var attempts = 0
  /// When it is sent next; milliseconds since 1970.
  package var due: Int64

  /// A credit that is to be sent at `due`.
  package init(_ credit: DucatCredit, due: Int64) {
    self.credit = credit
    self.due = due
  }
}

extension StoreError {
  /// A payment is no longer at the revision that somebody wants to change.
  package static func changedMeanwhile(_ payment: Payment) -> StoreError {
    StoreError(.conflict, "the payment \(payment.id) was changed meanwhile; read it again")
  }
}

/// The credits that Venice has not acknowledged.
package struct WaitingCredits: Sendable, Equatable {
  /// The number of those that are still to be sent.
  package var count: Int
  /// When the payment of the oldest one began, milliseconds since 1970; nil when none waits.
  package var oldestMilliseconds: Int64?

  package init(count: Int, oldestMilliseconds: Int64?) {
    self.count = count
    self.oldestMilliseconds = oldestMilliseconds
  }
}
