internal import Core
internal import NIOHTTP1

/// What the decision port needs of a request's head.
struct DecisionRequest {
  /// What is asked for.
  enum Route: Equatable {
    case decide(point: String)
    case health
    case unknown(path: String)
    case wrongMethod(allowed: [String])
    /// No path of this port takes any parameters.
    case unknownQuery(names: [String])
  }

  /// The fields that both ports read.
  let head: RequestHead
  /// What is asked for.
  let route: Route
  /// The body is NDJSON: one bare input a line.
  let isBatch: Bool
  /// Who asks, once a token was verified.
  var requester: String?
  /// The idempotency key, once it was needed.
  var key: Identifier?

  /// Reads a head. O(bytes).
  init(_ head: HTTPRequestHead) {
    self.head = RequestHead(head)
    let route = Self.route(head.method, self.head.target?.path ?? "")
    let names = self.head.target.map { $0.query.isEmpty ? [] : QueryNames.of($0.query.dropFirst()) } ?? []
    self.route = route.takesQuery || names.isEmpty ? route : .unknownQuery(names: names)
    isBatch = self.head.contentType.map(Self.isNDJSON) ?? false
  }

  private static let decisions = "/v1/decisions/"

  private static func route(_ method: HTTPMethod, _ path: Substring) -> Route {
    if let name = path.rest(behind: decisions), !name.isEmpty, !name.has("/") {
      guard method == .POST else { return .wrongMethod(allowed: ["POST"]) }
      // Most names are written as they are.
      return .decide(point: name.has("%") ? PercentDecoding.text(name) ?? "" : String(name))
    }
    if path.isSame(as: "/health") {
      return method == .GET || method == .HEAD ? .health : .wrongMethod(allowed: ["GET", "HEAD"])
    }
    return .unknown(path: String(path))
  }

  private static func isNDJSON(_ value: String) -> Bool {
    let type = value.utf8.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
    return String(Substring(type)).isHeader("application/x-ndjson")
  }
}

extension DecisionRequest.Route {
  /// Whether a query doesn't matter: probes append one, and what is refused anyway needs no second reason.
  fileprivate var takesQuery: Bool {
    switch self {
    case .decide: false
    case .health, .unknown, .wrongMethod, .unknownQuery: true
    }
  }
}
