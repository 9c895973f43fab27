internal import Commerce
internal import Core

/// The JSON Schemas of the bodies about prices.
enum QuoteSchemas {
  /// All components by name.
  static let all: [(name: String, value: JSON)] = [
    ("AmountInput", amountInput), ("QuoteRequest", request), ("Quote", quote),
  ]

  private static let amount = APISchemas.reference("LedgerAmount")
  private static let decimal: JSON = ["type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?$"]
  private static let side: JSON = ["enum": .array(QuoteSide.allCases.map { .string($0.rawValue) })]
  private static let instant: JSON = ["type": "integer", "description": "seconds since 1970"]
  private static let id: JSON = ["type": "string", "format": "uuid"]

  private static let amountInput: JSON = [
    "anyOf": [
      amount,
      [
        "type": "string", "pattern": "^[0-9]{1,16}(\\.[0-9]{1,2})? [A-Z][A-Z0-9]{0,16}/2$",
        "description": "97.50 USD/2",
      ],
    ]
  ]

  private static let request = APISchemas.record(
    JSON.Object([("side", side), ("amount", APISchemas.reference("AmountInput"))]))

  private static let quote = APISchemas.record(
    JSON.Object([
      ("id", id), ("citizen", ["type": "string", "description": "absent from a price for nobody"]), ("side", side),
      ("amount", amount), ("level", ["type": "number", "minimum": 0, "maximum": 1]), ("rate", decimal),
      ("multiplier", decimal), ("gross", amount), ("fee", amount), ("net", amount), ("charge", amount),
      ("uplift", ["enum": ["granted", "none", "exhausted"]]), ("generation", ["type": "integer", "minimum": 1]),
      ("decision_id", id), ("issued_at", instant), ("expires_at", instant),
      ("quote", ["type": "string", "description": "the offer as a JWS; it can't be changed, and is honoured"]),
    ]), optional: ["citizen", "charge"])
}
