package import Commerce
internal import Core
package import Cryptography

/// Verifies webhook events from Stripe.
package struct StripeWebhooks: PaymentEventVerifier {
  /// The most seconds between a signature's time and now, in either direction.
  package static let toleranceSeconds: Int64 = 300

  /// Whether this endpoint accepts events about real money.
  package let livemode: Bool
  private let key: HMACKey

  /// The most bytes of a body.
  package var bodyLimit: Int { StripeLimits.eventBytes }

  /// A verifier with the endpoint's signing secret, the whole `whsec_…`; nil for a text of another form.
  package init?(secret: Secret, livemode: Bool) {
    let prefix = Array("whsec_".utf8)
    guard secret.withBytes({ $0.starts(with: prefix) && $0.count > prefix.count }) else { return nil }
    self.livemode = livemode
    key = HMACKey(secret, .sha256)
  }

  /// Verifies `body` and returns its event. Checks the size before hashing, and compares every signature of the header
  /// in constant time. Throws the refusal.
  package func event(
    body: [UInt8], signature: [String], now: Int64
  ) throws(PaymentEventRefusal) -> PaymentEvent {
    guard body.count <= bodyLimit else {
      throw PaymentEventRefusal(.tooLarge, "the body has more than \(bodyLimit) bytes")
    }
    let signature = try WebhookSignature(signature)
    let expected = key.code(Array(signature.time.utf8) + [UInt8(ascii: ".")] + body)
    var fits = false
    for code in signature.codes where constantTimeEquals(expected, code) { fits = true }
    guard fits else {
      throw PaymentEventRefusal(.wrongSignature, "no signature fits the body and this endpoint's secret")
    }
    let present = now / 1000
    let tolerated = present - Self.toleranceSeconds...present + Self.toleranceSeconds
    guard tolerated.contains(signature.seconds) else {
      throw PaymentEventRefusal(
        .outsideTolerance,
        "signed more than \(Self.toleranceSeconds) s before or after now; if it is genuine, check the clock")
    }
    return try Self.parse(body)
  }

  private static func parse(_ body: [UInt8]) throws(PaymentEventRefusal) -> PaymentEvent {
    let malformed = PaymentEventRefusal(.malformedEvent, "the body is not an event of Stripe")
    guard let json = try? JSON(parsing: body), json["object"]?.string == "event",
      let id = json["id"]?.string, id.begins(with: "evt_"), let type = json["type"]?.string,
      let created = json["created"]?.integer, let livemode = json["livemode"]?.bool,
      let object = json["data"]?["object"], let kind = object["object"]?.string
    else { throw malformed }
    // Some objects have no id, such as the account's balance.
    let name = object["id"]?.string ?? ""
    return PaymentEvent(
      id: id, type: type, objectKind: kind, objectID: name,
      intent: kind == "payment_intent" ? name : reference(object["payment_intent"]), livemode: livemode,
      account: json["account"]?.string, created: created)
  }

  /// The id in a reference, which is either the id or the whole object.
  private static func reference(_ value: JSON?) -> String? { value?.string ?? value?["id"]?.string }
}
