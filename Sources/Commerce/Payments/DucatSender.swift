package import Core

/// Ducats that a payment bought, on their way to Venice.
package struct DucatCredit: Sendable, Equatable {
  /// Names the transfer in Venice; derived from the payment and nothing else, so a second sending is the same one.
  package let id: Identifier
  /// Names the payment that the ducats were bought with.
  package let payment: Identifier
  /// The username of the citizen who gets them.
  package let citizen: String
  /// What the citizen gets; above zero.
  package let ducats: Amount

  /// The credit of a payment. The transfer's id is the payment's own.
  package init(payment: Identifier, citizen: String, ducats: Amount) {
    self.id = payment
    self.payment = payment
    self.citizen = citizen
    self.ducats = ducats
  }
}

/// Tells Venice to credit ducats: the sending end of the outbox.
package protocol DucatSender: Sendable {
  /// Sends a credit once. Returning is the acknowledgement; until then the outbox sends it again, so Venice sees it
  /// at least once and knows it by its id. A credit Venice already has is acknowledged like a new one.
  func send(_ credit: DucatCredit) async throws(DucatSenderError) -> DucatReceipt
}

/// What Venice answers once the ducats are the citizen's.
package struct DucatReceipt: Sendable, Equatable {
  /// The transfer's id, as sent.
  package var id: Identifier
  /// Whether Venice had it before.
  package var isRepeated: Bool

  /// A receipt with these parts.
  package init(id: Identifier, isRepeated: Bool) {
    self.id = id
    self.isRepeated = isRepeated
  }
}

/// Why a credit wasn't acknowledged.
package struct DucatSenderError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong; the raw value is the label in logs and metrics.
  package enum Code: String, Sendable, CaseIterable {
    /// No answer, or one that settles nothing; send it again later.
    case unavailable
    /// Venice says no, as it is now: raise an alarm, and send it again, seldom.
    case refused
    /// Venice took it for another than it is, and would for another again: raise an alarm, and never send it again.
    case mistaken
  }

  /// Names the kind of failure.
  package var code: Code
  /// What happened, and what to do; never holds a secret.
  package var message: String
  /// The least time to wait before the next sending, where Venice said so.
  package var retryAfter: Duration?

  /// An error with these parts.
  package init(_ code: Code, _ message: String, retryAfter: Duration? = nil) {
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }

  /// Shows code and message, never the request.
  package var description: String { "\(code.rawValue): \(message)" }
}
