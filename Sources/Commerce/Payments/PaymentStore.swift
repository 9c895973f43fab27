package import Core

/// Why payments can't be kept or read.
package struct PaymentStoreError: Error, Sendable, Equatable, CustomStringConvertible {
  /// One sentence.
  package var message: String

  /// An error with this message.
  package init(_ message: String) { self.message = message }

  /// The message.
  package var description: String { message }
}

/// Where payments, notices and credits on their way are kept. What it returns from a change is durable. The truth about
/// money stands in the ledger: what is lost here between two steps is found again from there and from the provider.
package protocol PaymentStore: Sendable {
  /// Keeps a new payment, with the number of its citizen's others that are unfinished, or answers what stands in its
  /// way.
  func insert(_ payment: Payment) async throws(PaymentStoreError) -> PaymentInsertion
  /// Keeps a payment as it is now, and in the same transaction the credit that goes to Venice for it, once.
  func update(_ payment: Payment, credit: DucatCredit?) async throws(PaymentStoreError)
  /// The payment of this id.
  func payment(_ id: Identifier) async throws(PaymentStoreError) -> Payment?
  /// The payment whose intent has this name.
  func payment(intent: String) async throws(PaymentStoreError) -> Payment?
  /// Unfinished payments that last changed at or before `time` (milliseconds since 1970), by id, behind `id`.
  func unfinished(
    until time: Int64, after id: Identifier?, limit: Int
  ) async throws(PaymentStoreError) -> [Payment]

  /// Keeps a notice, whose body had this SHA-256, unless its id is known.
  func insert(_ event: PaymentEvent, digest: [UInt8], now: Int64) async throws(PaymentStoreError) -> EventInsertion
  /// Notes that everything a notice hinted at was done.
  func finish(event id: String) async throws(PaymentStoreError)
  /// Notices that came at or before `time` and aren't finished, by id, behind `id`.
  func unfinishedEvents(
    until time: Int64, after id: String?, limit: Int
  ) async throws(PaymentStoreError) -> [PaymentEvent]

  /// Credits that are due at `time`, oldest first.
  func dueCredits(at time: Int64, limit: Int) async throws(PaymentStoreError) -> [QueuedCredit]
  /// Notes how a sending went.
  func update(_ credit: QueuedCredit) async throws(PaymentStoreError)
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

/// What became of a notice.
package enum EventInsertion: Sendable, Equatable {
  /// It is kept.
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
    /// To be sent.
    case waiting
    /// Venice has it.
    case acknowledged
    /// It must not be sent again; an operator must look.
    case refused
  }

  /// What is sent.
  package let credit: DucatCredit
  /// Where it stands.
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
