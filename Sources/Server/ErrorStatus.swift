package import Core

/// The HTTP status of an error code: the one table, for every port.
package struct ErrorStatus: Sendable, Equatable {
  /// The HTTP status, 400…599.
  package let number: Int
  /// What the code means, in a few words; the problem's title.
  package let title: String

  private init(_ number: Int, _ title: String) {
    self.number = number
    self.title = title
  }

  /// The status of a code.
  package init(_ code: WireCode) {
    self =
      switch code {
      case .malformedRequest: ErrorStatus(400, "Malformed request")
      case .unauthorized: ErrorStatus(401, "No valid token")
      case .invalidToken: ErrorStatus(401, "The token is not valid")
      case .forbidden: ErrorStatus(403, "Not allowed")
      case .unsigned: ErrorStatus(403, "Not signed")
      case .unknownDecision: ErrorStatus(404, "No such decision")
      case .notFound: ErrorStatus(404, "Not found")
      case .unknownCitizen: ErrorStatus(404, "No such citizen")
      case .methodNotAllowed: ErrorStatus(405, "Method not allowed")
      case .requestTimeout: ErrorStatus(408, "Request timed out")
      case .refused: ErrorStatus(409, "Refused")
      case .conflict: ErrorStatus(409, "What was read changed meanwhile")
      case .nothingToRollBack: ErrorStatus(409, "Nothing to roll back to")
      case .rulebookReadOnly: ErrorStatus(409, "The rulebook's files can't be written")
      case .bodyTooLarge: ErrorStatus(413, "The body is too large")
      case .unsupportedMediaType: ErrorStatus(415, "Unsupported media type")
      case .invalidInput: ErrorStatus(422, "The input does not fit the schema")
      case .loadFailed: ErrorStatus(422, "The rulebook could not be loaded")
      case .tooManyRequests: ErrorStatus(429, "Too many requests")
      case .headTooLarge: ErrorStatus(431, "The head is too large")
      case .internal: ErrorStatus(500, "Internal error")
      case .invalidOutput: ErrorStatus(500, "The rule's result does not fit its schema")
      case .runtime: ErrorStatus(500, "The rule raised an error")
      case .deadline: ErrorStatus(503, "The rule took too long")
      case .fuelExhausted: ErrorStatus(503, "The rule used up its fuel")
      case .memoryExhausted: ErrorStatus(503, "The rule used up its memory")
      case .unavailable: ErrorStatus(503, "Unavailable")
      case .suspended: ErrorStatus(503, "Suspended")
      case .tooManyConnections: ErrorStatus(503, "Too many connections")
      }
  }

  /// HTTP's own phrase for the status, as it stands in a status line (RFC 9110, section 15).
  package var reason: StaticString {
    switch number {
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 413: "Content Too Large"
    case 415: "Unsupported Media Type"
    case 422: "Unprocessable Content"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 503: "Service Unavailable"
    default: "Internal Server Error"
    }
  }
}
