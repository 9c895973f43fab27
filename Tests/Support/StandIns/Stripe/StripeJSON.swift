package import Commerce
package import Core
internal import Cryptography

/// Stripe's objects as Stripe prints them, as far as anyone here reads them.
package enum StripeJSON {
  /// An intent with its charge expanded.
  package static func intent(_ intent: PaymentIntent, isDisputed: Bool = false) -> JSON {
    var charge: JSON = .null
    if intent.status == .succeeded {
      charge = [
        "id": .string(StripeBook.charge(intent.id)), "object": "charge", "amount": .integer(intent.amount),
        "amount_refunded": .integer(intent.amountRefunded), "disputed": .bool(isDisputed),
        "refunded": .bool(intent.amountRefunded == intent.amountReceived),
      ]
    }
    let metadata = intent.metadata.sorted { $0.key < $1.key }.map { (name: $0.key.text, value: JSON.string($0.value)) }
    let failure: JSON = intent.lastFailure.map { ["code": "card_declined", "decline_code": .string($0)] } ?? .null
    let secret = intent.clientSecret?.withBytes { String(decoding: $0, as: UTF8.self) }
    return [
      "id": .string(intent.id), "object": "payment_intent", "amount": .integer(intent.amount),
      "amount_received": .integer(intent.amountReceived), "client_secret": secret.map(JSON.string) ?? .null,
      "created": .integer(intent.created), "currency": .string(intent.currency), "last_payment_error": failure,
      "latest_charge": charge, "livemode": .bool(intent.livemode), "metadata": .object(JSON.Object(metadata)),
      "status": .string(intent.status.rawValue),
    ]
  }

  static func intent(_ entry: StripeBook.Entry) -> JSON { intent(entry.intent, isDisputed: entry.wasDisputed) }

  static func refund(_ refund: PaymentRefund) -> JSON {
    ["id": .string(refund.id), "object": "refund", "amount": .integer(refund.amount), "status": .string(refund.status)]
  }

  static func disputes(_ disputes: [StripeBook.Dispute]) -> JSON {
    let list = disputes.map { dispute -> JSON in
      [
        "id": .string(dispute.id), "object": "dispute", "amount": .integer(dispute.amount),
        "status": .string(dispute.status),
      ]
    }
    return ["object": "list", "data": .array(list), "has_more": false]
  }

  /// Status and body of an error.
  static func error(_ error: ProviderError) -> (status: Int, body: JSON) {
    let kinds: [ProviderError.Code: (Int, String)] = [
      .declined: (402, "card_error"), .rateLimited: (429, "rate_limit_error"),
      .notFound: (404, "invalid_request_error"),
      .authentication: (401, "invalid_request_error"), .unavailable: (500, "api_error"),
      .outcomeUnknown: (500, "api_error"),
    ]
    let (status, kind) = kinds[error.code] ?? (400, "invalid_request_error")
    var members = JSON.Object([("type", .string(kind)), ("message", .string(error.message))])
    if error.reason == "idempotency_error" {
      members["type"] = "idempotency_error"
    } else if error.code == .declined {
      members["code"] = "card_declined"
      members["decline_code"] = error.reason.map(JSON.string)
    } else {
      members["code"] = error.reason.map(JSON.string)
    }
    members["payment_intent"] = error.intent.map { intent($0) }
    return (status, ["error": .object(members)])
  }
}
