internal import Commerce
internal import Core

/// The JSON Schemas of the bodies about payments.
enum PaymentSchemas {
  /// All components by name.
  static let all: [(name: String, value: JSON)] = [
    ("PaymentRequest", request), ("Payment", payment), ("Payments", page), ("NoticeTaken", taken),
  ]

  private static let amount = APISchemas.reference("LedgerAmount")
  private static let text = APISchemas.text
  private static let milliseconds: JSON = ["type": "integer", "description": "milliseconds since 1970"]

  private static func words<Word: RawRepresentable & CaseIterable>(_ words: Word.Type) -> JSON
  where Word.RawValue == String {
    ["enum": .array(Word.allCases.map { .string($0.rawValue) })]
  }

  private static let request = APISchemas.record(
    JSON.Object([
      ("quote", ["type": "string", "description": "the `quote` of POST /v1/quotes; or one of the next two"]),
      ("package", ["type": "string", "description": "a package of the rules: starter"]),
      ("amount", APISchemas.reference("AmountInput")),
      (
        "payment_method",
        [
          "type": "string", "pattern": "^pm_[A-Za-z0-9_]{1,252}$",
          "description": "pays at once; without it the buyer's browser does",
        ]
      ),
    ]), optional: ["quote", "package", "amount", "payment_method"])

  private static let payment = APISchemas.record(
    JSON.Object([
      ("id", ["type": "string", "format": "uuid"]), ("citizen", text), ("kind", words(PaymentKind.self)),
      ("state", words(PaymentState.self)), ("charge", amount), ("ducats", amount), ("bonus", amount), ("fee", amount),
      ("payout", amount), ("reversed", amount), ("intent", text), ("refusal", text), ("problem", text),
      ("client_secret", text), ("declined", text), ("created_milliseconds", milliseconds),
      ("updated_milliseconds", milliseconds),
    ]),
    optional: [
      "charge", "ducats", "bonus", "fee", "payout", "reversed", "intent", "refusal", "problem", "client_secret",
      "declined",
    ])

  private static let page = APISchemas.record(
    JSON.Object([
      ("payments", APISchemas.list(APISchemas.reference("Payment"))), ("next", ["type": ["string", "null"]]),
    ]))

  private static let taken = APISchemas.record(JSON.Object([("outcome", words(EventOutcome.self))]))
}
