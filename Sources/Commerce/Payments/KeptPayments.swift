package import Core

/// A page of all that a store of payments keeps, to be moved to another store.
package struct KeptPayments: Sendable {
  /// An event with what is known of it.
  package struct Notice: Sendable {
    package var event: PaymentEvent
    /// SHA-256 of its body.
    package var digest: [UInt8]
    /// When it came, milliseconds since 1970.
    package var received: Int64
    package var isFinished: Bool

    package init(_ event: PaymentEvent, digest: [UInt8], received: Int64, isFinished: Bool) {
      self.event = event
      self.digest = digest
      self.received = received
      self.isFinished = isFinished
    }
  }

  /// Payments in the order of their ids.
  package var payments: [Payment] = []
  /// Events in the order of their ids.
  package var notices: [Notice] = []
  /// Credits by id, also those that have been sent.
  package var credits: [QueuedCredit] = []
  /// The ids with which the pages so far ended.
  package var lastPayment: Identifier?
  package var lastNotice: String?
  package var lastCredit: Identifier?

  /// What comes before the first page.
  package init() {}

  /// Whether there was nothing more.
  package var isEmpty: Bool { payments.isEmpty && notices.isEmpty && credits.isEmpty }

  /// The page after this one, with nothing in it yet.
  package var next: KeptPayments {
    var next = KeptPayments()
    next.lastPayment = payments.last?.id ?? lastPayment
    next.lastNotice = notices.last?.event.id ?? lastNotice
    next.lastCredit = credits.last?.credit.id ?? lastCredit
    return next
  }
}
