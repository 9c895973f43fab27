package import Commerce
internal import Core
package import Cryptography
internal import TrustGraph

/// A webhook on its way: body, header, and what a host must make of it.
package struct WebhookDelivery: Sendable {
  /// The event inside.
  package var event: PaymentEvent
  /// The bytes to post.
  package var body: [UInt8]
  /// The value of `Stripe-Signature`.
  package var signature: String
  /// Whether it must be refused.
  package var isForged: Bool
}

/// Signs webhooks as Stripe does, or wrongly.
package struct WebhookForge: Sendable {
  private let secret: Secret

  /// A forge with the endpoint's secret, all of `whsec_…`.
  package init(secret: Secret) { self.secret = secret }

  /// The code of a body at `seconds` since 1970, in lower-case hexadecimal.
  package func code(_ body: [UInt8], at seconds: Int64) -> String {
    Hexadecimal.text(HMACSHA256.code(Array("\(seconds).".utf8) + body, key: secret))
  }

  /// A right header.
  package func signature(_ body: [UInt8], at seconds: Int64) -> String {
    "t=\(seconds),v1=\(code(body, at: seconds))"
  }

  /// A right delivery of `event` at `seconds`.
  package func delivery(_ event: PaymentEvent, intent: PaymentIntent?, at seconds: Int64) -> WebhookDelivery {
    let body = Self.body(event, intent: intent)
    return WebhookDelivery(event: event, body: body, signature: signature(body, at: seconds), isForged: false)
  }

  /// Every event at least once: some twice, some out of order, and among them forgeries. The same seed, the same storm.
  package func storm(
    _ events: [PaymentEvent], intent: (String) -> PaymentIntent?, at seconds: Int64, seed: UInt64
  ) -> [WebhookDelivery] {
    var generator = SeededGenerator(seed: seed)
    var out: [WebhookDelivery] = []
    for event in events {
      let right = delivery(event, intent: event.intent.flatMap(intent), at: seconds)
      out.append(right)
      if generator.next(below: 3) == 0 { out.append(right) }
      if generator.next(below: 5) == 0 {
        var forged = right
        forged.isForged = true
        if generator.next(below: 2) == 0 {
          forged.body.append(UInt8(ascii: " "))
        } else {
          forged.signature = "t=\(seconds),v1=" + String(repeating: "0", count: 64)
        }
        out.append(forged)
      }
    }
    return out.shuffled(using: &generator)
  }

  /// The bytes of an event, with the intent as it is where one is given.
  package static func body(_ event: PaymentEvent, intent: PaymentIntent? = nil) -> [UInt8] {
    var object: JSON = ["id": .string(event.objectID), "object": .string(event.objectKind)]
    if event.objectKind == "payment_intent", let intent {
      object = StripeJSON.intent(intent)
    } else if let intent = event.intent, case .object(var members) = object {
      members["payment_intent"] = .string(intent)
      object = .object(members)
    }
    var json = JSON.Object([
      ("id", .string(event.id)), ("object", "event"), ("api_version", "2024-06-20"),
      ("created", .integer(event.created)), ("data", ["object": object]), ("livemode", .bool(event.livemode)),
      ("pending_webhooks", 1), ("type", .string(event.type)),
    ])
    if let account = event.account { json["account"] = .string(account) }
    return JSON.object(json).bytes
  }
}
