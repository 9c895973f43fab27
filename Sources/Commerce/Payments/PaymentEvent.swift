package import Core

/// A webhook event: the provider says that something about an object changed, which is a reason to read the object
/// again, and nothing more. It is verified: only a `PaymentEventVerifier` and tests make one.
package struct PaymentEvent: Sendable, Equatable {
  /// The provider's name for the event: `evt_…`. A second delivery has the same.
  package var id: String
  /// `payment_intent.succeeded`, `charge.refunded`, …; may be one that this program doesn't know.
  package var type: String
  /// What kind of object it is about: `payment_intent`, `charge`, `dispute`, `refund`, …
  package var objectKind: String
  /// The provider's name for the object that the event is about.
  package var objectID: String
  /// The intent it concerns: the object itself, or what a charge, refund or dispute belongs to; nil for none.
  package var intent: String?
  /// Whether it is about real money.
  package var livemode: Bool
  /// The connected account it came from; nil for our own.
  package var account: String?
  /// Seconds since 1970, by the provider's clock.
  package var created: Int64

  /// An event with these parts.
  package init(
    id: String, type: String, objectKind: String, objectID: String, intent: String?, livemode: Bool,
    account: String? = nil, created: Int64
  ) {
    self.id = id
    self.type = type
    self.objectKind = objectKind
    self.objectID = objectID
    self.intent = intent
    self.livemode = livemode
    self.account = account
    self.created = created
  }
}

/// Tells an event of the provider from a forgery.
package protocol PaymentEventVerifier: Sendable {
  /// Bytes a body may have; a server stops reading behind them and answers 413.
  var bodyLimit: Int { get }

  /// Whether this host takes part in real money: an event of the other kind is answered 200, logged and ignored.
  var livemode: Bool { get }

  /// The event in `body`, when `signature` (the header's value; every one of them, where it was sent more than once)
  /// proves it at `now` (milliseconds since 1970). The body must be the bytes as they came. O(bytes).
  func event(
    body: [UInt8], signature: [String], now: Int64
  ) throws(PaymentEventRefusal) -> PaymentEvent
}

/// Why an event is answered 400 and nothing is done.
package struct PaymentEventRefusal: WireError, Equatable, CustomStringConvertible {
  /// What was wrong; the raw value is the label in logs and metrics.
  package enum Code: String, Sendable, CaseIterable {
    /// More bytes than `bodyLimit`.
    case tooLarge = "too_large"
    /// No signature header, or one that isn't of the right form.
    case malformedSignature = "malformed_signature"
    /// No signature in it fits body and secret.
    case wrongSignature = "wrong_signature"
    /// Signed too long ago, or in the future.
    case outsideTolerance = "outside_tolerance"
    /// The signature is right, but the body isn't an event.
    case malformedEvent = "malformed_event"
  }

  /// Names the check that the event failed.
  package var code: Code
  /// The same for people; tells nothing that helps a forger.
  package var message: String

  /// A refusal with these parts.
  package init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  package var wireProblem: WireProblem {
    WireProblem(code == .tooLarge ? .bodyTooLarge : .malformedRequest, message, reason: code.rawValue)
  }

  /// Shows code and message, never the event's body.
  package var description: String { "\(code.rawValue): \(message)" }
}
