internal import Core

/// The fields that name a request: all endpoints take them, and all answers have them.
extension OpenAPIDocument {
  /// What every operation takes.
  static let common: [JSON] = [
    ["$ref": "#/components/parameters/RequestID"], ["$ref": "#/components/parameters/Trace"],
  ]

  /// What every answer has.
  static let answered: JSON = [
    "X-Request-Id": ["$ref": "#/components/headers/RequestID"], "traceparent": ["$ref": "#/components/headers/Trace"],
  ]

  static let requestIDField: JSON = [
    "name": "X-Request-Id", "in": "header", "required": false,
    "description": "The request's id in answer, log and record; one of another form is replaced.",
    "schema": ["type": "string"], "example": "checkout-7",
  ]

  static let traceField: JSON = [
    "name": "traceparent", "in": "header", "required": false,
    "description": "The trace (W3C Trace Context, version 00) it is part of; one of another form is dropped.",
    "schema": ["type": "string"], "example": .string(trace),
  ]

  static let requestIDAnswer: JSON = [
    "description": "The request's id: the one it brought, or one that the host made.",
    "schema": ["type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"],
  ]

  static let traceAnswer: JSON = [
    "description": "The trace that the request brought, not sampled unless the caller is known.",
    "schema": ["type": "string", "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"], "example": .string(trace),
  ]

  private static let trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
}
