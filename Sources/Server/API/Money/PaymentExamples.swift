internal import Core

/// What the examples about payments are made of.
enum PaymentExamples {
  /// A body of `POST /v1/payments`.
  static let request: JSON = ["package": "explorer"]

  /// The answer to a request for a payment.
  static let opened = payment("open", [("client_secret", "pi_3Q…_secret_…")])

  /// The same payment when it is paid.
  static let settled = payment("settled", [])

  /// An event of Stripe, as far as anything of it is read.
  static let notice: JSON = [
    "id": "evt_1Q", "object": "event", "type": "payment_intent.succeeded", "created": 1_767_225_600,
    "livemode": false, "data": ["object": ["id": "pi_3Q", "object": "payment_intent"]],
  ]

  private static func payment(_ state: JSON, _ further: [(name: String, value: JSON)]) -> JSON {
    .object(
      JSON.Object(
        [
          ("id", "018bcfe5-6800-7000-8000-00000000000c"), ("citizen", "ConsiglioDeiDieci"), ("kind", "package"),
          ("state", state), ("charge", ["asset": "USD/2", "minor": 5_000]),
          ("ducats", ["asset": "DUC/2", "minor": 50_000]), ("bonus", ["asset": "DUC/2", "minor": 2_500]),
          ("fee", ["asset": "USD/2", "minor": 0]), ("intent", "pi_3Q"),
        ] + further + [
          ("created_milliseconds", 1_767_225_600_000), ("updated_milliseconds", 1_767_225_601_000),
        ]))
  }
}
